/* One conversation: its header, its messages, the composer. */
import { useEffect, useState } from "preact/hooks";
import { ConnectionBanner } from "../parts/connection_banner";
import { Composer } from "../parts/composer";
import { EmptyChat } from "../parts/empty_chat";
import { FilesButton, FilesPanel, filesOver } from "../parts/files_panel";
import { Icon } from "../parts/icon";
import { loadHighlighter } from "../parts/markdown";
import { MessageList } from "../parts/message_list";
import { ModelPicker } from "../parts/model_picker";
import { Sidebar } from "../parts/sidebar";
import { TopBar } from "../parts/top_bar";
import { Link } from "../router";
import { openError, openSession, threadOf } from "../state/chat";
import { filesOpen } from "../state/files";
import { activeEntry, titleOf } from "../state/sessions";

function OpenFailed({ text }: { text: string }) {
	return (
		<div class="empty">
			<Icon name="alert" size={32} />
			<h2>This conversation cannot be opened</h2>
			<p>{text}</p>
			<Link to="/" class="button">Go to the main conversation</Link>
		</div>
	);
}

function Loading() {
	return (
		<div class="messages-area" role="status" aria-label="Loading">
			<div class="message-skeleton" aria-hidden="true">
				<i class="right" /><i /><i /><i class="short" />
			</div>
		</div>
	);
}

export function ChatPage({ sessionKey }: { sessionKey: string }) {
	const [fill, setFill] = useState<{ text: string } | null>(null);
	const [sent, setSent] = useState(0);
	const thread = threadOf(sessionKey).value;
	const entry = activeEntry.value;
	const title = entry === null ? "Conversation" : titleOf(entry);
	const ready = thread.loaded || thread.items.length > 0;

	useEffect(loadHighlighter, []);
	useEffect(() => {
		setFill(null);
		openSession(sessionKey);
	}, [sessionKey]);

	return (
		<div class={`app${filesOpen.value ? " with-files" : ""}`}>
			<a class="skip" href="#composer">Skip to the message field</a>
			<Sidebar current={sessionKey} />
			<main class="main" inert={filesOpen.value && filesOver.value}>
				<TopBar title={title}><FilesButton /><ModelPicker /></TopBar>
				<ConnectionBanner />
				{openError.value !== null ? <OpenFailed text={openError.value} /> : (
					<>
						{ready ? (
							<MessageList sessionKey={sessionKey} sent={sent}>
								<EmptyChat onPick={(text) => setFill({ text })} />
							</MessageList>
						) : <Loading />}
						<Composer
							sessionKey={sessionKey}
							fill={fill}
							onSent={() => setSent(sent + 1)}
						/>
					</>
				)}
			</main>
			{filesOpen.value ? <FilesPanel /> : null}
		</div>
	);
}
