/* What a new conversation shows: a greeting and some ways to begin. */
import { useEffect } from "preact/hooks";
import { auth } from "../state/auth";
import { link, may } from "../state/link";
import { loadSandboxOnce, sandbox } from "../state/sandbox";
import { Logo } from "./logo";

const SUGGESTIONS: { title: string; text: string }[] = [
	{
		title: "Draft a reply",
		text: "Draft a friendly but firm reply to a customer who asks for a refund after 60 days.",
	},
	{
		title: "Explain an idea",
		text: "Explain how row-level security in PostgreSQL works, with a small example.",
	},
	{
		title: "Write a script",
		text: "Write a shell script that lists the ten largest files below a folder.",
	},
	{
		title: "Plan a week",
		text: "Plan a week of dinners for two, 30 minutes each, with one shopping list.",
	},
];

/* Offered only where commands can run. */
const COMMAND = { title: "Run a command", text: "Run `ls -la` for me" };

export function EmptyChat({ onPick }: { onPick(text: string): void }) {
	const name = auth.value.phase === "ready" ? auth.value.who.user.username : "";

	const online = link.value.state === "online";
	const runs = sandbox.value?.available === true;
	const shown = runs ? [COMMAND, ...SUGGESTIONS.slice(0, 3)] : SUGGESTIONS;

	useEffect(() => {
		if (online && may("operator.write"))
			loadSandboxOnce();
	}, [online]);
	if (!may("operator.write")) {
		return (
			<div class="empty">
				<Logo size={44} alone />
				<h2>Nothing has been said here</h2>
				<p>What others of this account write appears here.</p>
			</div>
		);
	}
	return (
		<div class="empty">
			<Logo size={44} alone />
			<h2>{name === "" ? "Where shall we start?" : `Where shall we start, ${name}?`}</h2>
			<p>Ask anything, or begin with one of these.</p>
			<div class="suggestions">
				{shown.map((one) => (
					<button
						key={one.title}
						type="button"
						class="suggestion"
						data-testid="suggestion"
						onClick={() => onPick(one.text)}
					>
						<strong>{one.title}</strong>
						<span>{one.text}</span>
					</button>
				))}
			</div>
		</div>
	);
}
