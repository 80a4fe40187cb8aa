/* The line above a page: the drawer's button, what is open, what belongs to
 * it. */
import type { ComponentChildren } from "preact";
import { Link, route } from "../router";
import { pending } from "../state/approvals";
import { plural } from "../text/plain";
import { drawerOpen } from "./sidebar";
import { Icon } from "./icon";

/* On a narrow screen the list is out of sight; what waits in another
 * conversation is not. */
function Elsewhere() {
	const at = route.value;
	const key = at.page === "chat" ? at.key : null;
	const asks = pending.value.filter((one) => one.request.sessionKey !== key);

	if (asks.length === 0 || at.page === "approvals")
		return null;
	return (
		<Link
			to="/approvals"
			class="top-approvals only-narrow"
			aria-label={`${plural(asks.length, "approval")} needed elsewhere`}
			data-testid="approvals-elsewhere"
		>
			<Icon name="shield" size={18} />{asks.length}
		</Link>
	);
}

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
			<Elsewhere />
			{props.children}
		</header>
	);
}
