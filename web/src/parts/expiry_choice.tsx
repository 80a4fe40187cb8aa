/* Until when something holds: a short list of spans. */
import { Icon } from "./icon";

export interface Span {
	hours: number | null;
	label: string;
}

export const INVITE_SPANS: Span[] = [
	{ hours: 1, label: "1 hour" },
	{ hours: 24, label: "1 day" },
	{ hours: 72, label: "3 days" },
	{ hours: 168, label: "7 days" },
];

export const KEY_SPANS: Span[] = [
	{ hours: 24 * 7, label: "7 days" },
	{ hours: 24 * 30, label: "30 days" },
	{ hours: 24 * 90, label: "90 days" },
	{ hours: 24 * 365, label: "1 year" },
	{ hours: null, label: "Never expires" },
];

export function ExpiryChoice(props: {
	id: string;
	label: string;
	spans: Span[];
	value: number | null;
	onValue(hours: number | null): void;
	error?: string | null;
}) {
	return (
		<div class="field">
			<label for={props.id}>{props.label}</label>
			<span class="select-wrap boxed">
				<select
					id={props.id}
					class="select"
					data-testid={props.id}
					aria-invalid={props.error ? true : undefined}
					onChange={(ev) => {
						const text = ev.currentTarget.value;
						props.onValue(text === "" ? null : Number(text));
					}}
				>
					{props.spans.map((one) => (
						<option key={one.label} value={one.hours ?? ""}
							selected={one.hours === props.value}>
							{one.label}
						</option>
					))}
				</select>
				<Icon name="chevron" size={16} />
			</span>
			{props.error ? (
				<p class="field-error" role="alert">
					<Icon name="alert" size={16} />{props.error}
				</p>
			) : null}
		</div>
	);
}
