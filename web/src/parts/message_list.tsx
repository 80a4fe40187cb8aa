/*
 * The messages of one conversation and where the reader stands in them: the
 * list follows new text only while the reader is at its end.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { pendingBySession } from "../state/approvals";
import { loadOlder, send, threadOf } from "../state/chat";
import { isBusy, liveRun, type Item, type Thread } from "../state/thread";
import { Icon } from "./icon";
import { MessagePart } from "./messages";

const NEAR_PX = 48;

/* The question a failed answer belonged to, when nothing came after it. */
function retryOf(thread: Thread, at: number, key: string): (() => void) | null {
	if (at !== thread.items.length - 1)
		return null;
	for (let i = at - 1; i >= 0; i--) {
		const item = thread.items[i];
		if (item?.kind === "user")
			return () => send(key, item.text);
	}
	return null;
}

function useStickyEnd(key: string) {
	const box = useRef<HTMLDivElement>(null);
	const inner = useRef<HTMLDivElement>(null);
	const atEnd = useRef(true);
	const [away, setAway] = useState(false);
	const last = useRef({ top: 0, height: 0, view: 0 });
	const remember = () => {
		const el = box.current;
		if (el !== null) {
			last.current = {
				top: el.scrollTop, height: el.scrollHeight,
				view: el.clientHeight,
			};
		}
	};
	const toEnd = (smooth: boolean) => {
		const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
		atEnd.current = true;
		setAway(false);
		box.current?.scrollTo({
			top: box.current.scrollHeight,
			behavior: smooth && !calm ? "smooth" : "instant",
		});
		remember();
	};

	const isAway = () => box.current !== null && !atEnd.current &&
		box.current.scrollHeight - box.current.scrollTop -
		box.current.clientHeight >= NEAR_PX;

	useLayoutEffect(() => toEnd(false), [key]);
	useEffect(() => {
		if (box.current === null || inner.current === null)
			return;
		const watch = new ResizeObserver(() => {
			if (atEnd.current)
				toEnd(false);
			else
				setAway(isAway());
		});
		watch.observe(inner.current);
		watch.observe(box.current);
		return () => watch.disconnect();
	}, []);
	const onScroll = () => {
		const el = box.current;
		if (el === null)
			return;
		const left = el.scrollHeight - el.scrollTop - el.clientHeight;
		/* Only the reader scrolls up: growing text does not, and when text
		 * is taken away the browser moves the view, not the reader. */
		const moved = el.scrollHeight < last.current.height ||
			el.clientHeight > last.current.view;
		if (el.scrollTop < last.current.top && !moved)
			atEnd.current = false;
		else if (left < NEAR_PX && el.scrollTop > last.current.top)
			atEnd.current = true;
		remember();
		setAway(isAway());
	};
	/* A wheel turns before the view moves; the next word would win. */
	const onWheel = (ev: WheelEvent) => {
		const el = box.current;
		if (ev.deltaY < 0 && el !== null && el.scrollHeight > el.clientHeight)
			atEnd.current = false;
	};
	return { box, inner, away, toEnd, onScroll, onWheel };
}

/* For screen readers: says that an answer is coming, then its paragraphs as
 * they are complete, rather than every piece of a word. */
function Announcer({ thread, sessionKey }: { thread: Thread; sessionKey: string }) {
	const asks = pendingBySession.value.get(sessionKey) ?? 0;
	const said = useRef({ id: "", length: 0 });
	const [text, setText] = useState("");
	const last = [...thread.items].reverse().find(
		(item): item is Extract<Item, { kind: "assistant" }> =>
			item.kind === "assistant" && !item.step);
	const live = liveRun(thread);

	useEffect(() => {
		if (live !== null && said.current.id !== live.id) {
			said.current = { id: live.id, length: 0 };
			setText("Moltis is answering.");
		}
		if (last === undefined || last.id !== said.current.id)
			return;
		const end = last.state === "done" ? last.text.length
			: last.text.lastIndexOf("\n\n");
		if (end > said.current.length) {
			setText(last.text.slice(said.current.length, end));
			said.current.length = end;
		}
	}, [last, live]);
	useEffect(() => {
		if (asks > 0)
			setText("Approval needed: a command waits for your decision.");
	}, [asks]);
	return (
		<div class="visually-hidden" aria-live="polite" data-testid="live-region">
			{text}
		</div>
	);
}

export function MessageList(props: {
	sessionKey: string;
	children: ComponentChildren;
	/* Raised when the reader sent something. */
	sent: number;
}) {
	const key = props.sessionKey;
	const thread = threadOf(key).value;
	const end = useStickyEnd(key);
	const waiting = thread.busy && liveRun(thread) === null;
	const asks = pendingBySession.value.get(key) ?? 0;

	useEffect(() => {
		if (props.sent > 0)
			end.toEnd(false);
	}, [props.sent]);
	return (
		<div class="messages-area">
			<div
				class="messages"
				ref={end.box}
				onScroll={end.onScroll}
				onWheel={end.onWheel}
				tabIndex={0}
				role="region"
				aria-label="Conversation"
			>
				<div class="messages-inner" ref={end.inner}>
					{thread.more ? (
						<button
							type="button"
							class="button small older"
							onClick={() => void loadOlder(key)}
						>
							Earlier messages
						</button>
					) : null}
					{thread.items.map((item, i) => (
						<MessagePart
							key={item.id}
							item={item}
							sessionKey={key}
							retry={item.kind === "fault"
								? retryOf(thread, i, key) : null}
						/>
					))}
					{waiting ? (
						<p class="working">
							<span class="pulse" aria-hidden="true"><i /><i /><i /></span>
							{asks > 0 ? "Waiting for your approval"
								: "An answer is being written"}
						</p>
					) : null}
					{thread.items.length === 0 && !isBusy(thread)
						? props.children : null}
				</div>
			</div>
			{end.away ? (
				<button
					type="button"
					class="jump"
					data-testid="jump-newest"
					onClick={() => end.toEnd(true)}
				>
					<Icon name="down" size={16} />Newest
				</button>
			) : null}
			<Announcer thread={thread} sessionKey={key} />
		</div>
	);
}
