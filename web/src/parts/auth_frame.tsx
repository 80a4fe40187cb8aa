/* The quiet frame around setup and login. */
import type { ComponentChildren } from "preact";
import { Icon } from "./icon";
import { Logo } from "./logo";
import { ThemeToggle } from "./theme_toggle";

export function AuthFrame(props: {
	title: string;
	lead: string;
	children: ComponentChildren;
}) {
	return (
		<div class="auth">
			<header class="auth-top">
				<Logo />
				<ThemeToggle />
			</header>
			<main class="auth-main">
				<div class="auth-card">
					<h1>{props.title}</h1>
					<p class="lead">{props.lead}</p>
					{props.children}
				</div>
			</main>
		</div>
	);
}

export function FormError({ text }: { text: string | null }) {
	return text === null ? null : (
		<p class="form-error" role="alert">
			<Icon name="alert" size={18} /><span>{text}</span>
		</p>
	);
}

export function SubmitButton(props: {
	busy: boolean; label: string; busyLabel: string; testid?: string;
}) {
	return (
		<button
			type="submit"
			class="button primary wide"
			aria-disabled={props.busy}
			data-testid={props.testid}
		>
			{props.busy ? props.busyLabel : props.label}
		</button>
	);
}
