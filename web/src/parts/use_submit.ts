/* A form's request: one at a time, its error kept for the right field. */
import { useState } from "preact/hooks";
import { ApiError } from "../api/call";

export interface Submit {
	busy: boolean;
	error: ApiError | null;
	/* The error's sentence when it belongs to FIELD. */
	at(field: string): string | null;
	/* The error's sentence when it belongs to none of FIELDS. */
	elsewhere(...fields: string[]): string | null;
	run(work: () => Promise<void>): Promise<void>;
	fail(error: ApiError): void;
	clear(): void;
}

export function useSubmit(): Submit {
	const [busy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError | null>(null);

	return {
		busy,
		error,
		at: (field) => (error?.field === field ? error.message : null),
		elsewhere: (...fields) => (error !== null &&
			(error.field === null || !fields.includes(error.field))
			? error.message : null),
		async run(work) {
			if (busy)
				return;
			setBusy(true);
			setError(null);
			try {
				await work();
			} catch (err) {
				setError(err instanceof ApiError ? err
					: new ApiError(err instanceof Error ? err.message : String(err),
						0, "INTERNAL"));
			} finally {
				setBusy(false);
			}
		},
		fail: setError,
		clear: () => setError(null),
	};
}
