/*
 * Draws a part again only when one of its props is another value.  Signals
 * that the part reads still redraw it.
 */
import { Component, createElement, type FunctionComponent } from "preact";

export function memo<P extends object>(Part: FunctionComponent<P>): FunctionComponent<P> {
	class Memo extends Component<P> {
		override shouldComponentUpdate(next: P): boolean {
			const a = this.props as Record<string, unknown>;
			const b = next as Record<string, unknown>;
			const names = new Set([...Object.keys(a), ...Object.keys(b)]);
			for (const name of names) {
				if (name !== "children" && a[name] !== b[name])
					return true;
			}
			return false;
		}
		override render() {
			return createElement(Part, this.props as P);
		}
	}
	return Memo as unknown as FunctionComponent<P>;
}
