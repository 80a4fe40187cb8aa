/* A new invitation: its link, shown once, and a text to send with it. */
import type { CreatedInvite } from "../api/account_types";
import { dateTime } from "../text/time";
import { CopyButton } from "./copy_button";
import { ShownOnce } from "./shown_once";

export function InviteLink(props: {
	prefix: string;
	created: CreatedInvite;
	title: string;
	/* For whom and what, in plain text. */
	about: string;
	onDone(): void;
}) {
	const { created } = props;
	const message = `${props.about}\n${created.url}\n` +
		`The link works once, until ${dateTime(created.expires_at)}.`;

	return (
		<ShownOnce
			prefix={props.prefix}
			title={props.title}
			text="Copy the link now: it is shown only this once. Whoever has it can use it, so send it only to whom it is for."
			value={created.url}
			onDone={props.onDone}
		>
			<div class="example">
				<div class="example-head">
					<span>As a message</span>
					<CopyButton text={message} label="Copy the message" quiet />
				</div>
				<pre tabIndex={0} data-testid={`${props.prefix}-message`}>{message}</pre>
			</div>
		</ShownOnce>
	);
}
