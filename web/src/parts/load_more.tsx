import type { Pages } from "./use_pages";

export function LoadMore<T>({ pages, testid }: { pages: Pages<T>; testid: string }) {
	return !pages.hasMore ? null : (
		<button type="button" class="button card-action" data-testid={testid}
			aria-disabled={pages.busy} onClick={pages.more}>
			{pages.busy ? "Loading…" : "Load more"}
		</button>
	);
}
