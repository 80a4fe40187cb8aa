/* From the fields above an audit trail to what the server is asked. */
import type { AuditFilter, Severity } from "../api/account_types";

/* What the fields hold; dates as the browser gives them. */
export interface FilterFields {
	event: string;
	severity: "" | Severity;
	since: string;
	until: string;
}

/* The beginning of the day that was typed, or of the one after it, in the
 * reader's time zone.  Not every day has 24 hours. */
function dayStart(text: string, after: number): number | null {
	const day = new Date(`${text}T00:00:00`);

	if (text === "" || Number.isNaN(day.getTime()))
		return null;
	day.setDate(day.getDate() + after);
	return day.getTime();
}

export function filterOf(fields: FilterFields): AuditFilter {
	const since = dayStart(fields.since, 0);
	const until = dayStart(fields.until, 1);
	const event = fields.event.trim();

	return {
		...(event === "" ? {} : { event }),
		...(fields.severity === "" ? {} : { severity: fields.severity }),
		...(since === null ? {} : { since }),
		/* The day that was named belongs to it. */
		...(until === null ? {} : { until: until - 1 }),
	};
}

export const NO_FILTER: FilterFields = {
	event: "", severity: "", since: "", until: "",
};
