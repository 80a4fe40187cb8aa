/* Names of files as people read them. */
import type { WorkspaceEntry } from "../api/types";

export function joinPath(path: string, name: string): string {
	return path === "" ? name : `${path}/${name}`;
}

/* Folders first, then by name as people sort. */
export function sorted(entries: WorkspaceEntry[]): WorkspaceEntry[] {
	const rank = { folder: 0, file: 1, other: 2 };

	return [...entries].sort((a, b) => rank[a.type] - rank[b.type] ||
		a.name.localeCompare(b.name, undefined, { numeric: true }));
}
