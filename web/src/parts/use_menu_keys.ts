/*
 * The keyboard of a menu below a button: arrows, Home, End and Escape; a press
 * elsewhere closes it.  ROOT holds the button first and the items after it.
 */
import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

export function useMenuKeys(
	root: RefObject<HTMLElement>, open: boolean, setOpen: (open: boolean) => void,
): (ev: KeyboardEvent) => void {
	const items = () =>
		[...root.current?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? []];

	useEffect(() => {
		if (!open)
			return;
		items()[0]?.focus();
		const outside = (ev: Event) => {
			if (!root.current?.contains(ev.target as Node))
				setOpen(false);
		};
		document.addEventListener("pointerdown", outside);
		return () => document.removeEventListener("pointerdown", outside);
	}, [open]);

	return (ev) => {
		if (!open)
			return;
		const list = items();
		const at = list.indexOf(document.activeElement as HTMLElement);
		const to = ev.key === "ArrowDown" ? (at + 1) % list.length
			: ev.key === "ArrowUp" ? (at + list.length - 1) % list.length
			: ev.key === "Home" ? 0
			: ev.key === "End" ? list.length - 1 : -1;
		if (to >= 0) {
			ev.preventDefault();
			list[to]?.focus();
		} else if (ev.key === "Escape") {
			ev.stopPropagation();
			setOpen(false);
			root.current?.querySelector("button")?.focus();
		} else if (ev.key === "Tab") {
			setOpen(false);
		}
	};
}
