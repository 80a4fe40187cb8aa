/* Something a page reads from the server when it opens, and again on demand. */
import { useEffect, useRef, useState } from "preact/hooks";

export interface Loaded<T> {
	data: T | null;
	/* Why there is nothing, or nothing newer. */
	failed: string | null;
	reload(): Promise<void>;
}

/* A change of VERSION reads it again. */
export function useLoad<T>(ask: () => Promise<T>, version: unknown = null): Loaded<T> {
	const [data, setData] = useState<T | null>(null);
	const [failed, setFailed] = useState<string | null>(null);
	/* An answer that was overtaken says nothing any more. */
	const turn = useRef(0);
	const reload = async () => {
		const mine = ++turn.current;
		try {
			const got = await ask();
			if (mine !== turn.current)
				return;
			setData(got);
			setFailed(null);
		} catch (err) {
			if (mine === turn.current)
				setFailed(err instanceof Error ? err.message : String(err));
		}
	};

	useEffect(() => {
		void reload();
		return () => {
			turn.current++;
		};
	}, [version]);
	return { data, failed, reload };
}
