/* An audit trail: filters, rows with details, more on demand. */
import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type {
	AuditEntry, AuditFilter, AuditPage, Severity,
} from "../api/account_types";
import { filterOf, NO_FILTER, type FilterFields } from "../text/audit_filter";
import { aboutOf, detailLine, eventText } from "../text/security_events";
import { moment } from "../text/time";
import { Icon } from "./icon";
import { LoadMore } from "./load_more";
import { LoadState } from "./load_state";
import { usePages } from "./use_pages";

const PAGE_ROWS = 50;

const SEVERITIES: { value: "" | Severity; label: string }[] = [
	{ value: "", label: "Everything" },
	{ value: "info", label: "Information" },
	{ value: "warn", label: "Warnings" },
	{ value: "alert", label: "Alerts" },
];

const TONES: Record<Severity, { label: string; tone: string }> = {
	info: { label: "Info", tone: "" },
	warn: { label: "Warning", tone: " demo" },
	alert: { label: "Alert", tone: " fail" },
};

function Filters(props: { fields: FilterFields; names: string[]; onFields(next: FilterFields): void }) {
	const { fields, onFields } = props;

	return (
		<div class="filters" role="search" aria-label="Filter">
			<div class="field">
				<label for="audit-severity">Show</label>
				<span class="select-wrap boxed">
					<select id="audit-severity" class="select" data-testid="audit-severity"
						onChange={(ev) => onFields({
							...fields,
							severity: ev.currentTarget.value as FilterFields["severity"],
						})}>
						{SEVERITIES.map((one) => (
							<option key={one.value} value={one.value}
								selected={one.value === fields.severity}>
								{one.label}
							</option>
						))}
					</select>
					<Icon name="chevron" size={16} />
				</span>
			</div>
			<div class="field">
				<label for="audit-event">Event</label>
				<input id="audit-event" class="input mono" list="audit-events"
					placeholder="e.g. auth.login" spellcheck={false}
					autocapitalize="off" autocomplete="off"
					data-testid="audit-event" value={fields.event}
					onInput={(ev) => onFields({
						...fields, event: ev.currentTarget.value,
					})} />
				<datalist id="audit-events">
					{props.names.map((name) => <option key={name} value={name} />)}
				</datalist>
			</div>
			{(["since", "until"] as const).map((name) => (
				<div key={name} class="field">
					<label for={`audit-${name}`}>{name === "since" ? "From" : "To"}</label>
					<input id={`audit-${name}`} class="input" type="date"
						data-testid={`audit-${name}`} value={fields[name]}
						onInput={(ev) => onFields({
							...fields, [name]: ev.currentTarget.value,
						})} />
				</div>
			))}
		</div>
	);
}

function Row({ entry }: { entry: AuditEntry }) {
	const tone = TONES[entry.severity] ?? TONES.info;
	const about = aboutOf(entry.detail);
	const facts: [string, string][] = [
		["Event", entry.event],
		["When", new Date(entry.at).toLocaleString()],
		["Person", entry.username ?? entry.user_id ?? ""],
		["As", entry.actor ?? ""],
		["Through", entry.via ?? ""],
		["Address", entry.peer ?? ""],
	];

	return (
		<li>
			<details class="past" data-testid="audit-row" data-event={entry.event}>
				<summary>
					<span class="audit-what">
						<span>
							{eventText(entry.event)}
							{about === "" ? null
								: <>: <span dir="auto">{about}</span></>}
						</span>
						<Icon name="chevron" size={16} />
					</span>
					<span class="past-line">
						<span class={`tag${tone.tone}`}>{tone.label}</span>
						{entry.username ? <span dir="auto">{entry.username}</span> : null}
						{entry.peer ? <span>{entry.peer}</span> : null}
						<time>{moment(entry.at, Date.now())}</time>
					</span>
				</summary>
				<dl class="facts wide">
					{facts.filter(([, value]) => value !== "").map(([name, value]) => (
						<div key={name}><dt>{name}</dt><dd dir="auto">{value}</dd></div>
					))}
					{detailLine(entry.detail) === "" ? null : (
						<div class="whole"><dt>Details</dt><dd dir="auto">{detailLine(entry.detail)}</dd></div>
					)}
				</dl>
			</details>
		</li>
	);
}

export function AuditList(props: {
	ask(filter: AuditFilter, cursor: string | null, limit: number): Promise<AuditPage>;
	version?: unknown;
	/* What stands beside the filters, made for them. */
	tools?(filter: AuditFilter): ComponentChildren;
}) {
	const [fields, setFields] = useState<FilterFields>(NO_FILTER);
	const filter = filterOf(fields);
	const pages = usePages(async (cursor) => {
		const { entries, nextCursor } = await props.ask(filter, cursor, PAGE_ROWS);
		return { items: entries, nextCursor };
	}, JSON.stringify([filter, props.version]));
	const names = [...new Set(pages.data?.map((one) => one.event))].sort();

	return (
		<>
			<Filters fields={fields} names={names} onFields={setFields} />
			{props.tools?.(filter)}
			<LoadState
				from={pages}
				empty={(entries) => entries.length === 0}
				emptyText="Nothing that fits."
			>
				{(entries) => (
					<ul class="past-list" aria-busy={pages.busy}>
						{entries.map((entry) => <Row key={entry.id} entry={entry} />)}
					</ul>
				)}
			</LoadState>
			<LoadMore pages={pages} testid="audit-more" />
		</>
	);
}
