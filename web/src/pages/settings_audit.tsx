/* The audit trail of the account, and the deployment's own log. */
import { useEffect } from "preact/hooks";
import { audit } from "../api/account";
import type { AuditFilter } from "../api/account_types";
import { admin } from "../api/admin";
import { AuditList } from "../parts/audit_list";
import { Icon } from "../parts/icon";
import { Locked } from "../parts/locked";
import { alertCount, alertsSeen } from "../state/alerts";
import { may } from "../state/link";

/* Plain links: the browser saves what the server streams. */
function Export({ filter }: { filter: AuditFilter }) {
	return (
		<p class="exports">
			<span class="muted">Save what was chosen as</span>
			<a class="button small" download data-testid="audit-csv"
				href={audit.exportPath("csv", filter)}>
				<Icon name="file" size={16} />CSV
			</a>
			<a class="button small" download data-testid="audit-jsonl"
				href={audit.exportPath("jsonl", filter)}>
				<Icon name="file" size={16} />JSON lines
			</a>
		</p>
	);
}

export function AuditSection() {
	useEffect(alertsSeen, []);
	return (
		<section class="card" aria-labelledby="audit-title">
			<h2 id="audit-title">Audit trail</h2>
			<p class="muted">
				What happened in this account that matters for its safety. Rows
				can be added, never changed or removed.
			</p>
			{may("operator.admin") ? (
				<AuditList ask={audit.list} version={alertCount.value}
					tools={(filter) => <Export filter={filter} />} />
			) : <Locked scope="operator.admin" what="Reading the audit trail" />}
		</section>
	);
}

export function DeploymentLog() {
	return (
		<section class="card" aria-labelledby="log-title">
			<h2 id="log-title">Deployment log</h2>
			<p class="muted">
				What belongs to no single account: failed sign-ins of unknown
				names, bans, setup, administration of people.
			</p>
			<AuditList ask={admin.log} />
		</section>
	);
}
