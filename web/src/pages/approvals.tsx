/*
 * Approvals of all conversations: what waits, how strict the account is, what
 * was decided before.
 */
import { useEffect, useState } from "preact/hooks";
import { rest } from "../api/rest";
import type {
	ApprovalMode, ApprovalPast, ApprovalSettings,
} from "../api/types";
import { ApprovalCard, viaText } from "../parts/approval_card";
import { CommandText } from "../parts/command_text";
import { ConnectionBanner } from "../parts/connection_banner";
import { Icon } from "../parts/icon";
import { Sidebar } from "../parts/sidebar";
import { TopBar } from "../parts/top_bar";
import { Link } from "../router";
import { chatPath } from "../routes";
import { approvals, mayDecide, pending } from "../state/approvals";
import { toolsEnded } from "../state/chat";
import { link, may, request } from "../state/link";
import { sessions, titleOf } from "../state/sessions";
import { showError, showToast } from "../state/toasts";
import { sentence } from "../text/plain";
import { moment } from "../text/time";
import { previewText } from "../text/visible";

/* Cards that were decided on this page stay until it is left. */
function usePinned(): string[] {
	const [pinned, setPinned] = useState<string[]>([]);
	const waiting = pending.value.map((entry) => entry.id);
	const fresh = waiting.filter((id) => !pinned.includes(id));

	useEffect(() => {
		if (fresh.length > 0)
			setPinned([...pinned, ...fresh]);
	}, [fresh.join()]);
	return [...pinned, ...fresh].filter((id) => approvals.value.has(id));
}

function Pending() {
	const cards = usePinned();
	const count = pending.value.length;

	return (
		<section aria-labelledby="pending-title" class="stack">
			<h2 id="pending-title" class="section-title">
				{count === 0 && cards.length > 0 ? "Just decided"
					: `Waiting${count === 0 ? "" : ` (${count})`}`}
			</h2>
			{cards.length === 0 ? (
				<div class="card nothing">
					<Icon name="shield" size={28} />
					<p>
						Nothing waits. When the assistant wants to run a command
						that needs your word, it appears here and in its
						conversation.
					</p>
				</div>
			) : cards.map((id) => <ApprovalCard key={id} id={id} elsewhere />)}
		</section>
	);
}

/* ---- how strict ------------------------------------------------------ */

const MODES: { mode: ApprovalMode; label: string; text: string }[] = [
	{ mode: "always", label: "Always ask",
		text: "Every command asks, even a harmless one or one you chose to remember." },
	{ mode: "smart", label: "Smart",
		text: "Commands known to be harmless run; everything else asks." },
	{ mode: "never", label: "Never ask",
		text: "Commands run in the sandbox without asking. Dangerous ones are refused." },
];

const STRICTNESS: Record<ApprovalMode, number> = { always: 2, smart: 1, never: 0 };

function Mode() {
	const [now, setNow] = useState<ApprovalSettings | null>(null);
	const [failed, setFailed] = useState<string | null>(null);
	const online = link.value.state === "online";
	const load = () => request<ApprovalSettings>("exec.approvals.get").then(
		(got) => {
			setNow(got);
			setFailed(null);
		},
		(err: Error) => setFailed(err.message));

	useEffect(() => {
		if (online)
			void load();
	}, [online]);
	const choose = async (mode: ApprovalMode) => {
		/* The deployment's own mode is no choice of the account. */
		const word = mode === now?.deploymentMode ? "" : mode;
		try {
			await request("exec.approvals.set", { mode: word });
			showToast("Saved. It holds from the next command on.");
		} catch (err) {
			showError(err);
		}
		await load();
	};

	return (
		<section class="card" aria-labelledby="mode-title">
			<h2 id="mode-title">When to ask</h2>
			<p class="muted">
				For every conversation of this account. The server's own setting
				is a floor: an account may be stricter than it, never laxer.
			</p>
			{failed !== null ? <p class="muted list-title">{failed}</p>
				: now === null ? <p class="muted list-title">Loading…</p> : (
					<div class="choices" role="radiogroup" aria-labelledby="mode-title">
						{MODES.map((one) => {
							const lax = STRICTNESS[one.mode] < STRICTNESS[now.deploymentMode];
							return (
								<label key={one.mode} class={`scope${lax ? " off" : ""}`}>
									<input
										type="radio"
										name="approval-mode"
										checked={now.mode === one.mode}
										disabled={lax || !online}
										data-testid={`approval-mode-${one.mode}`}
										onChange={() => void choose(one.mode)}
									/>
									<span class="choice-text">
										<strong>{one.label}</strong>
										{one.mode === now.deploymentMode
											? <span class="tag">The server's setting</span> : null}
										<span>{one.text}{lax
											? " Laxer than the server's setting." : ""}</span>
									</span>
								</label>
							);
						})}
					</div>
				)}
		</section>
	);
}

/* ---- what was -------------------------------------------------------- */

const DECISIONS: Record<string, { text: string; tone: string }> = {
	pending: { text: "Waiting", tone: "" },
	approved: { text: "Approved", tone: " fine" },
	modified: { text: "Changed", tone: " fine" },
	denied: { text: "Denied", tone: " fail" },
	timeout: { text: "Timed out", tone: "" },
	cancelled: { text: "Cancelled", tone: "" },
};

const PROGRESS: Record<string, string> = {
	ready: "Ready", started: "Running", finished: "Finished",
};

/* How a command ended that has no exit code, in a word or two. */
function endText(error: string): string {
	if (error.includes("outcome unknown"))
		return "Outcome unknown";
	return error.includes("was stopped") ? "Stopped" : "Failed";
}

/* A person's decision; a command that needed none says how far it came. */
function Verdict({ row }: { row: ApprovalPast }) {
	const said = DECISIONS[row.decision ?? row.status];

	return (
		<>
			{said !== undefined
				? <span class={`tag${said.tone}`}>{said.text}</span>
				: <span class="tag">Ran without asking</span>}
			{row.exitCode !== null && row.exitCode !== undefined ? (
				<span class={`tag ${row.exitCode === 0 ? "fine" : "fail"}`}>
					exit {row.exitCode}
				</span>
			) : row.error ? <span class="tag fail">{endText(row.error)}</span>
				: row.status in PROGRESS && row.status !== "finished"
				? <span class="tag">{PROGRESS[row.status]}</span> : null}
		</>
	);
}

function Row({ row }: { row: ApprovalPast }) {
	const final = row.finalCommand ?? row.command;
	const session = sessions.value?.find((one) => one.key === row.sessionKey);
	const who = [
		row.decidedBy ? `by ${row.decidedBy}` : "",
		row.decidedBy ? viaText(row.decidedVia ?? "") : "",
	].filter(Boolean).join(" ");

	return (
		<li>
			<details class="past" data-testid="approval-past">
				<summary>
					<code dir="ltr">{previewText(final)}</code>
					<span class="past-line">
						<Verdict row={row} />
						<span>{who}</span>
						<time>{moment(row.decidedAt ?? row.createdAt, Date.now())}</time>
					</span>
				</summary>
				<div class="past-body">
					<CommandText command={final} label="The command" />
					{final === row.command ? null : (
						<>
							<p class="approval-label">What was asked for</p>
							<CommandText command={row.command}
								label="The command that was asked for" />
						</>
					)}
					{row.note ? <p class="approval-note" dir="auto">“{row.note}”</p> : null}
					{row.error
						? <p class="small-text">{sentence(row.error)}</p> : null}
					<p class="muted small-text">
						{row.reason}
						{session === undefined ? null : (
							<>
								{" · "}
								<Link to={chatPath(row.sessionKey)} class="link-button">
									{titleOf(session)}
								</Link>
							</>
						)}
					</p>
				</div>
			</details>
		</li>
	);
}

function History() {
	const [rows, setRows] = useState<ApprovalPast[] | null>(null);
	const [failed, setFailed] = useState<string | null>(null);
	/* Anything that was decided or has ended changes the list. */
	const version = `${toolsEnded.value}:` +
		[...approvals.value.values()].map((one) => one.state).join();

	useEffect(() => {
		const timer = setTimeout(() => {
			rest.approvalHistory().then(
				(got) => {
					setRows(got.filter((row) => row.status !== "pending"));
					setFailed(null);
				},
				(err: Error) => setFailed(err.message));
		}, rows === null ? 0 : 400);
		return () => clearTimeout(timer);
	}, [version]);
	return (
		<section class="card" aria-labelledby="past-title">
			<h2 id="past-title">History</h2>
			{failed !== null ? <p class="muted list-title">{failed}</p>
				: rows === null ? <p class="muted list-title">Loading…</p>
				: rows.length === 0
					? <p class="muted list-title">No command has been asked for yet.</p> : (
						<ul class="past-list">
							{rows.map((row) => <Row key={row.requestId} row={row} />)}
						</ul>
					)}
		</section>
	);
}

export function ApprovalsPage() {
	return (
		<div class="app">
			<Sidebar current={null} />
			<main class="main">
				<TopBar title="Approvals" />
				<ConnectionBanner />
				<div class="settings one-column">
					<div class="settings-body">
						{mayDecide() ? (
							<>
								<Pending />
								{may("operator.admin") ? <Mode /> : null}
								<History />
							</>
						) : (
							<section class="card">
								<p class="muted">
									Approvals are seen and decided with the scope{" "}
									<code>operator.approvals</code>, which this
									login does not have.
								</p>
							</section>
						)}
					</div>
				</div>
			</main>
		</div>
	);
}
