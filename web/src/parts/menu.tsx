/* A button that opens a short list of actions; arrows, Home, End and Escape
 * work as in any menu. */
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";

export interface MenuAction {
	label: string;
	icon: IconName;
	danger?: boolean;
	testid?: string;
	run(): void;
}

export function Menu({ label, actions }: { label: string; actions: MenuAction[] }) {
	const [open, setOpen] = useState(false);
	const root = useRef<HTMLDivElement>(null);
	const button = useRef<HTMLButtonElement>(null);
	const items = () =>
		[...root.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []];

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

	const onKeyDown = (ev: KeyboardEvent) => {
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
			button.current?.focus();
		} else if (ev.key === "Tab") {
			setOpen(false);
		}
	};
	const choose = (action: MenuAction) => {
		setOpen(false);
		button.current?.focus();
		action.run();
	};

	return (
		<div class={`menu${open ? " open" : ""}`} ref={root} onKeyDown={onKeyDown}>
			<button
				ref={button}
				type="button"
				class="icon-button small"
				aria-haspopup="menu"
				aria-expanded={open}
				aria-label={label}
				data-testid="menu-button"
				onClick={() => setOpen(!open)}
			>
				<Icon name="more" size={18} />
			</button>
			{open ? (
				<div class="menu-list" role="menu" aria-label={label}>
					{actions.map((action) => (
						<button
							key={action.label}
							type="button"
							role="menuitem"
							tabIndex={-1}
							class={`menu-item${action.danger ? " danger" : ""}`}
							data-testid={action.testid}
							onClick={() => choose(action)}
						>
							<Icon name={action.icon} size={18} />
							{action.label}
						</button>
					))}
				</div>
			) : null}
		</div>
	);
}
