/* A button that opens a short list of actions; arrows, Home, End and Escape
 * work as in any menu. */
import { useRef, useState } from "preact/hooks";
import { Icon, type IconName } from "./icon";
import { useMenuKeys } from "./use_menu_keys";

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
	const onKeyDown = useMenuKeys(root, open, setOpen);
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
