/*
 * How each kind of item in a conversation is drawn.  PARTS is the registry: a
 * new kind is a variant of Item in state/thread.ts
 * and one entry here.
 */
import type { FunctionComponent } from "preact";
import { cancelQueued, sendAgain } from "../state/chat";
import { link } from "../state/link";
import { isDemoProvider } from "../state/models";
import { pending } from "../state/approvals";
import type {
	ApprovalItem, AssistantItem, FaultItem, Item, NoteItem, UserItem,
} from "../state/thread";
import type { ToolItem } from "../state/tools";
import { clock, moment } from "../text/time";
import { plural } from "../text/plain";
import { visibleText } from "../text/visible";
import { ApprovalCard } from "./approval_card";
import { CopyButton } from "./copy_button";
import { Icon } from "./icon";
import { Markdown } from "./markdown";
import { memo } from "./memo";
import { ToolCard } from "./tool_card";

type PartProps<T> = { item: T; sessionKey: string; retry: (() => void) | null };

function UserStatus({ item, sessionKey }: { item: UserItem; sessionKey: string }) {
	switch (item.status) {
	case "sending":
		return <span>{link.value.state === "online" ? "Sending…"
			: "Waiting for the connection"}</span>;
	case "queued":
		return (
			<>
				<span class="tag" data-testid="queued">Queued</span>
				<button
					type="button"
					class="link-button"
					onClick={() => void cancelQueued(sessionKey, item.runId)}
				>
					Cancel
				</button>
			</>
		);
	case "cancelled":
		return <span>Taken out of the queue</span>;
	case "failed":
		return (
			<>
				<span class="bad"><Icon name="alert" size={16} />{item.reason}</span>
				<button
					type="button"
					class="link-button"
					onClick={() => sendAgain(sessionKey, item.id, item.text)}
				>
					Send again
				</button>
			</>
		);
	case "sent":
		return item.at === 0 ? null
			: <time class="on-hover">{moment(item.at, Date.now())}</time>;
	}
}

const UserMessage = ({ item, sessionKey }: PartProps<UserItem>) => (
	<article
		class={`message user ${item.status}`}
		data-testid="message-user"
		aria-label="You"
	>
		<div class="bubble" dir="auto">{item.text}</div>
		<div class="message-foot">
			<UserStatus item={item} sessionKey={sessionKey} />
		</div>
	</article>
);

function Thinking({ text }: { text: string }) {
	return (
		<p class="working" data-testid="thinking">
			<span class="pulse" aria-hidden="true"><i /><i /><i /></span>
			{text}
		</p>
	);
}

function thinkingText(item: AssistantItem): string {
	if (item.state === "retrying")
		return "The model did not answer; trying again";
	if (pending.value.some((ask) => ask.request.runId === item.runId))
		return "Waiting for your approval";
	if (item.waitsFor !== null)
		return `Working: ${visibleText(item.waitsFor)}`;
	return item.partial ? "Still answering; the text returns when it is complete"
		: "Thinking";
}

function Meta({ item }: { item: AssistantItem }) {
	const demo = isDemoProvider(item.provider);
	const tokens = item.tokens === null ? null : item.tokens.input + item.tokens.output;

	return (
		<div class="message-foot">
			{item.state === "stopped" ? <span class="tag">Stopped</span> : null}
			{demo
				? <span class="tag demo">Demo</span> : null}
			<CopyButton text={item.text} label="Copy the answer" quiet />
			<span>
				{[
					demo ? null : item.model,
					tokens === null ? null : plural(tokens, "token"),
					item.at === 0 ? null : clock(item.at),
				].filter(Boolean).join(" · ")}
			</span>
		</div>
	);
}

const AssistantMessage = ({ item }: PartProps<AssistantItem>) => {
	const live = item.state !== "done" && item.state !== "stopped";

	return (
		<article
			class={`message assistant ${item.state}${item.step ? " step" : ""}`}
			data-testid={item.step ? "message-step" : "message-assistant"}
			data-state={item.state}
			aria-label="Moltis"
			aria-busy={live}
		>
			{item.partial && live && item.text !== "" ? (
				<p class="message-note">
					<Icon name="info" size={16} />
					Joined in the middle: the beginning appears when the answer is complete.
				</p>
			) : null}
			{item.text === "" ? (
				<Thinking text={thinkingText(item)} />
			) : (
				<Markdown text={item.text} />
			)}
			{live || item.step ? null : <Meta item={item} />}
		</article>
	);
};

const Fault = ({ item, retry }: PartProps<FaultItem>) => (
	<article class="fault" data-testid="error-card" role="alert">
		<Icon name="alert" />
		<div class="fault-body">
			<strong>{item.title}</strong>
			{item.detail === "" ? null : <p>{item.detail}</p>}
			{item.resetsAt === null ? null
				: <p>Possible again from {moment(item.resetsAt, Date.now())}.</p>}
			{retry === null ? null : (
				<button type="button" class="button small" onClick={retry}>
					<Icon name="retry" size={16} />Ask again
				</button>
			)}
		</div>
	</article>
);

const Note = ({ item }: PartProps<NoteItem>) => (
	<p class="note">{item.text}</p>
);

const ToolPart = ({ item }: PartProps<ToolItem>) => <ToolCard item={item} />;

const ApprovalPart = ({ item }: PartProps<ApprovalItem>) => (
	<ApprovalCard id={item.requestId} />
);

const PARTS: { [K in Item["kind"]]:
	FunctionComponent<PartProps<Extract<Item, { kind: K }>>> } = {
	user: memo(UserMessage),
	assistant: memo(AssistantMessage),
	fault: Fault,
	note: memo(Note),
	tool: memo(ToolPart),
	approval: memo(ApprovalPart),
};

export function MessagePart(props: PartProps<Item>) {
	const Part = PARTS[props.item.kind] as FunctionComponent<PartProps<Item>>;
	return <Part {...props} />;
}
