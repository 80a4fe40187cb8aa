/* The line above a page: the drawer's button, what is open, what belongs to
 * it. */
import type { ComponentChildren } from "preact";
import { drawerOpen } from "./sidebar";
import { Icon } from "./icon";

export function TopBar(props: { title: string; children?: ComponentChildren }) {
	return (
		<header class="top">
			<button
				type="button"
				class="icon-button only-narrow"
				aria-label="Open the list of conversations"
				aria-expanded={drawerOpen.value}
				data-testid="open-drawer"
				onClick={() => {
					drawerOpen.value = true;
				}}
			>
				<Icon name="menu" />
			</button>
			<h1 class="top-title" dir="auto">{props.title}</h1>
			{props.children}
		</header>
	);
}
