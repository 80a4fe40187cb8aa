/* A long list that is read page by page. */
import { useEffect, useRef, useState } from "preact/hooks";

export interface Page<T> {
	items: T[];
	nextCursor: string | null;
}

export interface Pages<T> {
	/* Null until the first page is there. */
	data: T[] | null;
	failed: string | null;
	busy: boolean;
	hasMore: boolean;
	more(): void;
	/* From the first page on. */
	reload(): Promise<void>;
}

/* Filters change while they are being typed. */
const TYPING_MS = 400;

/* Another KEY (a filter, a version) begins anew. */
export function usePages<T>(
	ask: (cursor: string | null) => Promise<Page<T>>, key = "",
): Pages<T> {
	const [got, setGot] = useState<Page<T> | null>(null);
	const [failed, setFailed] = useState<string | null>(null);
	const [busy, setBusy] = useState(false);
	/* An answer that was overtaken says nothing any more. */
	const turn = useRef(0);
	const read = async (before: Page<T> | null) => {
		const mine = ++turn.current;
		setBusy(true);
		try {
			const page = await ask(before?.nextCursor ?? null);
			if (mine !== turn.current)
				return;
			setGot({ ...page, items: [...before?.items ?? [], ...page.items] });
			setFailed(null);
		} catch (err) {
			if (mine === turn.current)
				setFailed(err instanceof Error ? err.message : String(err));
		} finally {
			if (mine === turn.current)
				setBusy(false);
		}
	};

	useEffect(() => {
		const timer = setTimeout(() => void read(null),
			got === null ? 0 : TYPING_MS);
		return () => {
			clearTimeout(timer);
			turn.current++;
		};
	}, [key]);
	return {
		data: got?.items ?? null,
		failed,
		busy,
		hasMore: (got?.nextCursor ?? null) !== null,
		more: () => {
			if (!busy)
				void read(got);
		},
		reload: () => read(null),
	};
}
