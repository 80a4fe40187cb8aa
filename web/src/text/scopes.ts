/* What scopes mean, and who may give which. */
import { SCOPES, type Scope } from "../api/types";

export const SCOPE_TEXT: Record<Scope, string> = {
	"operator.read": "View status, list jobs, read history",
	"operator.write": "Send messages, create jobs, modify configuration",
	"operator.admin": "All permissions",
	"operator.approvals": "Handle command approval requests",
	"operator.pairing": "Manage device/node pairing",
};

/* What somebody with HELD may give to others. */
export function givable(held: readonly string[]): ReadonlySet<string> {
	return new Set(held.includes("operator.admin") ? SCOPES : held);
}
