/* Times as people say them.  NOW is given, so that tests need no clock. */

const DAY_MS = 86_400_000;

function startOfDay(ms: number): number {
	const day = new Date(ms);
	day.setHours(0, 0, 0, 0);
	return day.getTime();
}

/* The heading under which a conversation stands in the list. */
export function dayGroup(ms: number, now: number): string {
	const today = startOfDay(now);

	if (ms >= today)
		return "Today";
	if (ms >= startOfDay(today - DAY_MS / 2))
		return "Yesterday";
	if (ms >= today - 7 * DAY_MS)
		return "Last 7 days";
	return "Older";
}

export function clock(ms: number): string {
	return new Date(ms).toLocaleTimeString([], {
		hour: "2-digit", minute: "2-digit",
	});
}

export function moment(ms: number, now: number): string {
	return ms >= startOfDay(now) ? clock(ms)
		: dateTime(ms);
}

/* Date and time, for what lies ahead too. */
export function dateTime(ms: number): string {
	return `${dateOf(ms)}, ${clock(ms)}`;
}

export function dateOf(value: string | number): string {
	return new Date(value).toLocaleDateString([], {
		year: "numeric", month: "short", day: "numeric",
	});
}

export function ago(value: string | number, now: number): string {
	const minutes = Math.floor((now - new Date(value).getTime()) / 60_000);

	if (minutes < 1)
		return "just now";
	if (minutes < 60)
		return `${minutes} min ago`;
	if (minutes < 24 * 60)
		return `${Math.floor(minutes / 60)} h ago`;
	return dateOf(value);
}

/* How long until VALUE, roughly. */
export function ahead(value: number, now: number): string {
	const hours = Math.round((value - now) / 3_600_000);

	if (value <= now)
		return "over";
	if (hours < 1)
		return "in less than an hour";
	if (hours < 48)
		return `in ${hours} h`;
	return `in ${Math.round(hours / 24)} days`;
}
