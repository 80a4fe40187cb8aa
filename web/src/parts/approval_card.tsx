/*
 * The question whether a command may run: the whole command, why it is asked,
 * where it would run, and the answers.  The same card in a conversation and on
 * the page of approvals.
 *
 * Nothing here takes the focus, no single key answers, and the buttons sleep
 * for a moment after they appear: they may come up under a finger that was
 * going somewhere else.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, type Decision } from "../api/rest";
import type { ApprovalRequest } from "../api/types";
import { Link } from "../router";
import { chatPath } from "../routes";
import {
	clockText, secondsLeft, type Approval,
} from "../state/approval_book";
import {
	approvals, decide, loadApprovals, mayDecide, serverNow,
} from "../state/approvals";
import { sessions, titleOf } from "../state/sessions";
import { hasForeign, hasMarks, segmentsOf } from "../text/visible";
import { sentence } from "../text/plain";
import { moment } from "../text/time";
import { CommandText } from "./command_text";
import { Icon, type IconName } from "./icon";

const SLEEP_MS = 500;
/* After the end the server has a moment to say so itself. */
const GRACE_MS = 2000;
const NOTE_MAX = 500;

function useSecondsLeft(request: ApprovalRequest): number {
	const [left, setLeft] = useState(() => secondsLeft(request, serverNow()));

	useEffect(() => {
		const timer = setInterval(() =>
			setLeft(secondsLeft(request, serverNow())), 250);
		return () => clearInterval(timer);
	}, [request]);
	useEffect(() => {
		if (left > 0)
			return;
		const timer = setTimeout(() => void loadApprovals(), GRACE_MS);
		return () => clearTimeout(timer);
	}, [left === 0]);
	return left;
}

function useAwake(): boolean {
	const [awake, setAwake] = useState(false);

	useEffect(() => {
		const timer = setTimeout(() => setAwake(true), SLEEP_MS);
		return () => clearTimeout(timer);
	}, []);
	return awake;
}

/* ---- what is asked --------------------------------------------------- */

const NETWORK: Record<string, string> = {
	none: "no network",
	public: "public addresses only",
};

function Where({ request }: { request: ApprovalRequest }) {
	const box = request.sandbox;
	const names = request.envNames ?? [];
	const rows: [string, string][] = [
		["Sandbox", [box?.backend, box?.image].filter(Boolean).join(" · ") || "not told"],
		["Network", box?.network ? NETWORK[box.network] ?? box.network : "not told"],
		["Folder", request.cwd],
		["Stops after", `${request.timeoutSecs} s`],
		["Variables", names.length === 0 ? "none of yours" : names.join(", ")],
	];

	return (
		<dl class="facts">
			{rows.map(([name, value]) => (
				<div key={name}>
					<dt>{name}</dt>
					<dd>{value}</dd>
				</div>
			))}
		</dl>
	);
}

function FloorWarning({ text }: { text: string }) {
	return (
		<p class="floor">
			<Icon name="alert" size={18} />
			<span><strong>This can destroy data.</strong> {text}</span>
		</p>
	);
}

/* ---- what is answered ------------------------------------------------ */

type Mode = "ask" | "deny" | "edit";

function useDecision(entry: Approval) {
	const [busy, setBusy] = useState<Decision["decision"] | null>(null);
	const [error, setError] = useState<string | null>(null);
	/* The server asks whether the edited command is meant. */
	const [danger, setDanger] = useState<string | null>(null);

	const send = async (decision: Decision) => {
		if (busy !== null)
			return;
		setBusy(decision.decision);
		setError(null);
		try {
			await decide(entry.id, decision);
		} catch (err) {
			if (err instanceof ApiError && err.field === "confirm_dangerous")
				setDanger(err.message);
			else
				setError(err instanceof Error ? err.message : String(err));
		} finally {
			setBusy(null);
		}
	};
	return {
		busy, error, danger, send,
		forget: () => {
			setDanger(null);
			setError(null);
		},
	};
}

function Remember(props: { on: boolean; set(on: boolean): void }) {
	return (
		<label class="remember">
			<input
				type="checkbox"
				checked={props.on}
				data-testid="approval-remember"
				onChange={(ev) => props.set(ev.currentTarget.checked)}
			/>
			<span>Remember for this session: do not ask again for exactly this command</span>
		</label>
	);
}

function Confirm(props: { text: string; off: boolean; onYes(): void; onNo(): void }) {
	return (
		<div class="confirm-dangerous" role="group" aria-label="Second confirmation">
			<FloorWarning text={`${sentence(props.text)} Do you really mean this command?`} />
			<div class="approval-actions">
				<button
					type="button"
					class="button danger"
					data-testid="approval-confirm-dangerous"
					disabled={props.off}
					onClick={props.onYes}
				>
					Yes, run it
				</button>
				<button type="button" class="button" onClick={props.onNo}>
					Back
				</button>
			</div>
		</div>
	);
}

/* Shows under the field what the field cannot show. */
function Preview({ command }: { command: string }) {
	const list = segmentsOf(command);

	return !hasMarks(list) && !hasForeign(list) ? null
		: <CommandText command={command} label="The edited command, made visible" />;
}

function Edit(props: {
	entry: Approval;
	off: boolean;
	remember: boolean;
	decision: ReturnType<typeof useDecision>;
	onBack(): void;
}) {
	const { decision, entry } = props;
	const original = entry.request.command;
	const [text, setText] = useState(original);
	const area = useRef<HTMLTextAreaElement>(null);
	/* A text field has its own idea of line ends: what was not touched is
	 * the original. */
	const untouched = text === original ||
		text === original.replace(/\r\n?/g, "\n");
	const send = (confirm: boolean) => void decision.send({
		...(untouched ? { decision: "approved" }
			: { decision: "modified", command: text }),
		...(props.remember ? { remember: true } : {}),
		...(confirm ? { confirm_dangerous: true } : {}),
	});

	useEffect(() => {
		area.current?.focus();
	}, []);
	return (
		<div class="approval-edit">
			<label class="approval-label" for={`edit-${entry.id}`}>
				Command to run instead
			</label>
			<textarea
				ref={area}
				id={`edit-${entry.id}`}
				class="input approval-text"
				rows={Math.min(12, Math.max(3, 1 + text.split("\n").reduce(
					(sum, line) => sum + Math.ceil((line.length + 1) / 70), 0)))}
				spellcheck={false}
				autocapitalize="off"
				autocomplete="off"
				dir="ltr"
				value={text}
				data-testid="approval-edit-text"
				onInput={(ev) => {
					setText(ev.currentTarget.value);
					decision.forget();
				}}
			/>
			<Preview command={text} />
			{decision.danger !== null ? (
				<Confirm
					text={decision.danger}
					off={props.off}
					onYes={() => send(true)}
					onNo={decision.forget}
				/>
			) : (
				<div class="approval-actions">
					<button
						type="button"
						class="button primary"
						data-testid="approval-approve"
						disabled={props.off || text.trim() === ""}
						onClick={() => send(false)}
					>
						{untouched ? "Approve unchanged" : "Approve this command"}
					</button>
					<button
						type="button"
						class="button"
						onClick={() => {
							decision.forget();
							props.onBack();
						}}
					>
						Back
					</button>
				</div>
			)}
		</div>
	);
}

function Deny(props: {
	entry: Approval;
	off: boolean;
	decision: ReturnType<typeof useDecision>;
	onBack(): void;
}) {
	const [note, setNote] = useState("");
	const area = useRef<HTMLTextAreaElement>(null);
	const id = `note-${props.entry.id}`;

	useEffect(() => {
		area.current?.focus();
	}, []);
	return (
		<div class="approval-edit">
			<label class="approval-label" for={id}>
				Why not, for the assistant (optional)
			</label>
			<textarea
				ref={area}
				id={id}
				class="input approval-text note-text"
				rows={2}
				maxLength={NOTE_MAX}
				value={note}
				data-testid="approval-note"
				onInput={(ev) => setNote(ev.currentTarget.value)}
			/>
			<div class="approval-actions">
				<button
					type="button"
					class="button danger"
					data-testid="approval-deny"
					disabled={props.off}
					onClick={() => void props.decision.send({
						decision: "denied",
						...(note.trim() === "" ? {} : { note: note.trim() }),
					})}
				>
					Deny
				</button>
				<button type="button" class="button" onClick={props.onBack}>
					Back
				</button>
			</div>
		</div>
	);
}

function Answers({ entry, over }: { entry: Approval; over: boolean }) {
	const [mode, setMode] = useState<Mode>("ask");
	const [remember, setRemember] = useState(false);
	const decision = useDecision(entry);
	const awake = useAwake();
	const allowed = mayDecide();
	const off = !awake || !allowed || over || decision.busy !== null;
	const back = () => setMode("ask");

	return (
		<div class="approval-answers">
			{allowed ? null : (
				<p class="muted small-text">
					Deciding needs the scope <code>operator.approvals</code>,
					which this login does not have.
				</p>
			)}
			{decision.error === null ? null : (
				<p class="form-error" role="alert">
					<Icon name="alert" size={18} /><span>{decision.error}</span>
				</p>
			)}
			{mode === "deny" ? (
				<Deny entry={entry} off={off} decision={decision} onBack={back} />
			) : mode === "edit" ? (
				<>
					<Edit entry={entry} off={off} remember={remember}
						decision={decision} onBack={back} />
					<Remember on={remember} set={setRemember} />
				</>
			) : (
				<>
					<div class="approval-actions">
						<button
							type="button"
							class={`button ${entry.request.floor ? "danger" : "primary"}`}
							data-testid="approval-approve"
							disabled={off}
							onClick={() => void decision.send({
								decision: "approved",
								...(remember ? { remember: true } : {}),
							})}
						>
							{decision.busy === "approved" ? "Approving…" : "Approve"}
						</button>
						<button
							type="button"
							class="button"
							data-testid="approval-deny"
							disabled={off}
							onClick={() => void decision.send({ decision: "denied" })}
						>
							{decision.busy === "denied" ? "Denying…" : "Deny"}
						</button>
						<button
							type="button"
							class="button"
							data-testid="approval-edit"
							disabled={off}
							onClick={() => setMode("edit")}
						>
							<Icon name="pencil" size={16} />Edit, then approve
						</button>
						<button
							type="button"
							class="link-button"
							data-testid="approval-deny-note"
							disabled={off}
							onClick={() => setMode("deny")}
						>
							Deny with a note
						</button>
					</div>
					<Remember on={remember} set={setRemember} />
				</>
			)}
		</div>
	);
}

/* ---- what became of it ----------------------------------------------- */

const OUTCOME: Record<Exclude<Approval["state"], "pending">,
	{ text: string; icon: IconName; tone: string }> = {
	approved: { text: "Approved", icon: "check", tone: "good" },
	modified: { text: "Changed and approved", icon: "check", tone: "good" },
	denied: { text: "Denied", icon: "close", tone: "bad-tone" },
	timeout: { text: "Timed out: nobody decided, the command did not run",
		icon: "clock", tone: "quiet" },
	cancelled: { text: "Cancelled: the command did not run", icon: "stop",
		tone: "quiet" },
	gone: { text: "No longer waiting", icon: "info", tone: "quiet" },
};

const VIA: Record<string, string> = {
	web: "in the page", api_key: "with an API key", clock: "", channel: "from a channel",
};

export function viaText(via: string): string {
	return VIA[via] ?? (via.startsWith("api_key:") ? "with an API key"
		: via.startsWith("channel:") ? "from a channel" : via);
}

function Outcome({ entry }: { entry: Approval }) {
	if (entry.state === "pending")
		return null;
	const said = OUTCOME[entry.state];
	const who = entry.state === "timeout" || entry.state === "cancelled" ? "" : [
		entry.decidedBy === "" ? "" : `by ${entry.decidedBy}`,
		viaText(entry.via),
	].filter(Boolean).join(", ");

	return (
		<>
			<p class={`outcome ${said.tone}`} data-testid="approval-state"
				data-state={entry.state}>
				<Icon name={said.icon} size={18} />
				<span>
					<strong>{said.text}</strong>{who === "" ? "" : ` ${who}`}
					{entry.decidedAt === null ? "" : ` · ${moment(entry.decidedAt, Date.now())}`}
				</span>
			</p>
			{entry.refusal === null ? null : (
				<p class="muted small-text">
					Your decision was not taken: {entry.refusal}
				</p>
			)}
			{entry.note === "" ? null
				: <p class="approval-note" dir="auto">“{entry.note}”</p>}
		</>
	);
}

function Decided({ entry }: { entry: Approval }) {
	const changed = entry.finalCommand !== null &&
		entry.finalCommand !== entry.request.command;

	return (
		<>
			<Outcome entry={entry} />
			{changed ? (
				<>
					<p class="approval-label">Approved to run instead</p>
					<CommandText command={entry.finalCommand!} label="The changed command" />
					<details class="asked-for">
						<summary>What was asked for</summary>
						<CommandText command={entry.request.command}
							label="The command that was asked for"
							testid="approval-command" />
					</details>
				</>
			) : (
				<CommandText command={entry.request.command} label="The command"
					testid="approval-command" />
			)}
		</>
	);
}

/* ---- the card -------------------------------------------------------- */

function Countdown({ left }: { left: number }) {
	return (
		<span
			class={`countdown${left <= 15 ? " soon" : ""}`}
			data-testid="approval-countdown"
			title="Time left to decide"
		>
			<Icon name="clock" size={16} />
			<span class="visually-hidden">Time left: </span>
			{clockText(left)}
		</span>
	);
}

function Waiting({ entry }: { entry: Approval }) {
	const { request } = entry;
	const left = useSecondsLeft(request);

	return (
		<>
			<div class="approval-head">
				<Icon name="shield" />
				<h3>May this command run?</h3>
				{left > 0 ? <Countdown left={left} /> : (
					<span class="countdown soon" data-testid="approval-state"
						data-state="timeout">
						<Icon name="clock" size={16} />Timed out
					</span>
				)}
			</div>
			<CommandText command={request.command} label="The command to decide on"
				testid="approval-command" />
			{request.floor ? <FloorWarning text={request.reason} /> : (
				<p class="approval-reason"><strong>Why you are asked:</strong> {request.reason}</p>
			)}
			<Where request={request} />
			<Answers entry={entry} over={left === 0} />
		</>
	);
}

/* ELSEWHERE: the card stands outside its conversation and leads to it. */
export function ApprovalCard({ id, elsewhere }: { id: string; elsewhere?: boolean }) {
	const entry = approvals.value.get(id);

	if (entry === undefined)
		return null;
	const key = entry.request.sessionKey;
	const session = sessions.value?.find((one) => one.key === key);

	return (
		<article
			class={`approval ${entry.state}${entry.request.floor ? " dangerous" : ""}`}
			data-testid="approval-card"
			data-request={id}
			data-state={entry.state}
			aria-label={entry.state === "pending" ? "Approval needed" : "Approval"}
		>
			{elsewhere ? (
				<p class="approval-from">
					From{" "}
					<Link to={chatPath(key)} class="link-button" dir="auto">
						{session === undefined ? "a conversation" : titleOf(session)}
					</Link>
				</p>
			) : null}
			{entry.state === "pending" ? <Waiting entry={entry} />
				: <Decided entry={entry} />}
		</article>
	);
}
