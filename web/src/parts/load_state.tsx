/* What stands where a list will be: it is being read, cannot be, or is empty. */
import type { ComponentChildren } from "preact";
import { sentence } from "../text/plain";
import { Icon } from "./icon";
import type { Loaded } from "./use_load";

export function LoadState<T>(props: {
	from: Pick<Loaded<T>, "data" | "failed" | "reload">;
	empty?: (data: T) => boolean;
	emptyText?: string;
	children: (data: T) => ComponentChildren;
}) {
	const { data, failed, reload } = props.from;

	if (data === null && failed === null)
		return <p class="muted load-state" role="status">Loading…</p>;
	return (
		<>
			{failed === null ? null : (
				<p class="form-error load-state" role="alert">
					<Icon name="alert" size={18} />
					<span>
						{sentence(failed)}{" "}
						<button type="button" class="link-button"
							onClick={() => void reload()}>
							Try again
						</button>
					</span>
				</p>
			)}
			{data === null ? null
				: props.empty?.(data) ? <p class="muted load-state">{props.emptyText}</p>
				: props.children(data)}
		</>
	);
}
