/*
 * Client routes: which page an address means, and moving between them without
 * a reload.  routeOf() is pure; the server answers every one of these
 * addresses with the same index.html.
 */
import { signal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { routeOf } from "./routes";

export const route = signal(routeOf(location.pathname));

addEventListener("popstate", () => {
	route.value = routeOf(location.pathname);
});

export function navigate(path: string, replace = false): void {
	if (path !== location.pathname) {
		if (replace)
			history.replaceState(null, "", path);
		else
			history.pushState(null, "", path);
	}
	route.value = routeOf(location.pathname);
}

type LinkProps = {
	to: string;
	children: ComponentChildren;
	onNavigate?: () => void;
} & Omit<JSX.IntrinsicElements["a"], "href" | "onClick">;

/* A real anchor, so that a new tab, copying the address and the keyboard work
 * as everywhere. */
export function Link({ to, children, onNavigate, ...rest }: LinkProps) {
	const onClick = (ev: MouseEvent) => {
		if (ev.button !== 0 || ev.metaKey || ev.ctrlKey || ev.shiftKey ||
		    ev.altKey)
			return;
		ev.preventDefault();
		navigate(to);
		onNavigate?.();
	};
	return <a {...rest} href={to} onClick={onClick}>{children}</a>;
}
