/*
 * A modal window.  The browser's own dialog element keeps the focus inside and
 * Escape working; the focus goes back to where it was.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Modal(props: {
	titleId: string;
	onCancel(): void;
	children: ComponentChildren;
	testid?: string;
}) {
	const box = useRef<HTMLDialogElement>(null);

	useEffect(() => {
		const before = document.activeElement;
		const dialog = box.current;

		dialog?.showModal();
		return () => {
			dialog?.close();
			if (before instanceof HTMLElement && before.isConnected)
				before.focus();
		};
	}, []);
	return (
		<dialog
			ref={box}
			class="dialog"
			aria-labelledby={props.titleId}
			data-testid={props.testid}
			onCancel={(ev) => {
				ev.preventDefault();
				props.onCancel();
			}}
			onPointerDown={(ev) => {
				if (ev.target === box.current)
					props.onCancel();
			}}
		>
			{props.children}
		</dialog>
	);
}
