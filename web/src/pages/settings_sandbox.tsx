/* Settings, commands: whether and where commands run, within which limits. */
import { useEffect, useState } from "preact/hooks";
import type { SandboxStatus } from "../api/types";
import { Icon } from "../parts/icon";
import { Link } from "../router";
import { link } from "../state/link";
import { loadSandbox, sandbox } from "../state/sandbox";
import { bytesText, sentence } from "../text/plain";

function sizeText(value: string | number | null | undefined): string | null {
	if (value === null || value === undefined || value === "")
		return null;
	return typeof value === "number" ? bytesText(value) : value;
}

function limitRows(status: SandboxStatus): [string, string][] {
	const limits = status.limits ?? {};
	const rows: [string, string | null][] = [
		["Memory", sizeText(limits.memory)],
		["Processors", limits.cpu === null || limits.cpu === undefined
			? null : String(limits.cpu)],
		["Processes", limits.pids === null || limits.pids === undefined
			? null : String(limits.pids)],
		["Disk", sizeText(limits.disk)],
		["Output", sizeText(limits.outputBytes)],
	];
	return rows.filter((row): row is [string, string] => row[1] !== null);
}

const NETWORK: Record<string, string> = {
	none: "none at all",
	public: "public addresses; nothing of this server or its networks",
};

function Facts({ status }: { status: SandboxStatus }) {
	const rows: [string, string][] = [
		["Network", status.network === null ? "not told"
			: NETWORK[status.network] ?? status.network],
		...(status.image ? [["Image", status.image] as [string, string]] : []),
		...limitRows(status),
	];

	return (
		<dl class="facts wide">
			{rows.map(([name, value]) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{value}</dd>
				</div>
			))}
		</dl>
	);
}

function Status({ status }: { status: SandboxStatus }) {
	const rejected = status.rejected ?? [];

	return (
		<>
			{status.available ? (
				<p class="outcome good" data-testid="sandbox-state" data-state="available">
					<Icon name="check" size={18} />
					<span>
						Commands run in a sandbox: <strong>{status.backend}</strong>.
						{status.reason ? ` ${sentence(status.reason)}` : ""}
					</span>
				</p>
			) : (
				<p class="outcome bad-tone" data-testid="sandbox-state" data-state="unavailable">
					<Icon name="alert" size={18} />
					<span>
						<strong>Commands cannot run on this server.</strong>{" "}
						{sentence(status.reason ?? "") || "It did not say why."} The assistant
						answers, but is offered no tools.
					</span>
				</p>
			)}
			{status.available ? <Facts status={status} /> : null}
			{rejected.length === 0 ? null : (
				<>
					<h3 class="list-title">Not used</h3>
					<ul class="plain-list">
						{rejected.map((one) => (
							<li key={one.backend}>
								<strong>{one.backend}</strong>: {one.why}
							</li>
						))}
					</ul>
				</>
			)}
		</>
	);
}

export function SandboxSection() {
	const [failed, setFailed] = useState<string | null>(null);
	const online = link.value.state === "online";
	const status = sandbox.value;

	useEffect(() => {
		if (online) {
			loadSandbox().then(() => setFailed(null),
				(err: Error) => setFailed(err.message));
		}
	}, [online]);
	return (
		<section class="card" aria-labelledby="sandbox-title" data-testid="sandbox-status">
			<h2 id="sandbox-title">Commands</h2>
			<p class="muted">
				Where the assistant's commands run. When they ask first is set
				on the page <Link to="/approvals" class="link-button">Approvals</Link>.
			</p>
			{status !== null ? <Status status={status} />
				: failed !== null ? (
					<p class="outcome bad-tone" data-testid="sandbox-state" data-state="unknown">
						<Icon name="alert" size={18} />
						<span>The server does not say whether commands can run. {sentence(failed)}</span>
					</p>
				) : <p class="muted list-title">Loading…</p>}
		</section>
	);
}
