/*
 * The files of the conversation, beside it; on a narrow screen over it.  Files
 * are dropped anywhere on it.
 */
import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import type { WorkspaceEntry } from "../api/types";
import { may } from "../state/link";
import {
	dismissUpload, downloadFile, fetching, filesOpen, folder, readFolder,
	reloadFolder, removePath, uploadFiles, uploads, type Upload,
} from "../state/files";
import { joinPath } from "../text/files";
import { bytesText, plural, sentence } from "../text/plain";
import { moment } from "../text/time";
import { visibleText } from "../text/visible";
import { confirmDialog } from "./dialog";
import { Icon } from "./icon";

/* Where there is no room for both, the panel lies over the conversation. */
const over = matchMedia("(max-width: 1180px)");
export const filesOver = signal(over.matches);
over.addEventListener("change", (ev) => {
	filesOver.value = ev.matches;
});

function close(): void {
	filesOpen.value = false;
}

export function FilesButton() {
	return (
		<button
			type="button"
			class={`icon-button${filesOpen.value ? " pressed" : ""}`}
			aria-label="Files"
			title="Files of this conversation"
			aria-expanded={filesOpen.value}
			aria-controls="files-panel"
			data-testid="files-open"
			onClick={() => {
				filesOpen.value = !filesOpen.value;
			}}
		>
			<Icon name="folder" />
		</button>
	);
}

/* The way to the folder that is open. */
function Crumbs() {
	const { key, path } = folder.value;
	const parts = path === "" ? [] : path.split("/");

	return (
		<nav class="crumbs" aria-label="Folder">
			<button
				type="button"
				class="link-button"
				aria-current={parts.length === 0 ? "page" : undefined}
				data-testid="files-root"
				onClick={() => void readFolder(key, "")}
			>
				workspace
			</button>
			{parts.map((name, i) => (
				<span key={i} class="crumb">
					<span aria-hidden="true">/</span>
					<button
						type="button"
						class="link-button"
						dir="auto"
						aria-current={i === parts.length - 1 ? "page" : undefined}
						onClick={() => void readFolder(key,
							parts.slice(0, i + 1).join("/"))}
					>
						{visibleText(name)}
					</button>
				</span>
			))}
		</nav>
	);
}

async function askRemove(key: string, path: string, entry: WorkspaceEntry) {
	const shown = visibleText(entry.name);
	const sure = await confirmDialog({
		title: entry.type === "folder" ? "Delete this folder?" : "Delete this file?",
		text: entry.type === "folder"
			? `“${shown}” and everything in it will be gone for good.`
			: `“${shown}” will be gone for good.`,
		action: "Delete",
		danger: true,
	});

	if (sure)
		await removePath(key, path);
}

function factsOf(entry: WorkspaceEntry): string {
	const when = moment(entry.modifiedAt, Date.now());

	if (entry.type === "other")
		return "not a file: it cannot be fetched";
	return entry.type === "folder" ? when
		: `${bytesText(entry.size ?? 0)} · ${when}`;
}

function Row({ entry }: { entry: WorkspaceEntry }) {
	const { key, path } = folder.value;
	const full = joinPath(path, entry.name);
	const name = visibleText(entry.name);
	const busy = fetching.value.has(full);
	const inside = (
		<>
			<Icon name={entry.type === "folder" ? "folder" : "file"} size={18} />
			<span class="file-text">
				<span class="file-name" dir="auto">{name}</span>
				<small>{busy ? "Fetching…" : factsOf(entry)}</small>
			</span>
		</>
	);

	return (
		<li class="file" data-testid="file-row" data-name={entry.name}>
			{entry.type === "other" ? <span class="file-main">{inside}</span> : (
				<button
					type="button"
					class="file-main"
					title={entry.type === "folder" ? `Open ${name}`
						: `Download ${name}`}
					aria-label={`${entry.type === "folder" ? "Open the folder"
						: "Download"} ${name}, ${factsOf(entry)}`}
					data-testid="file-open"
					onClick={() => void (entry.type === "folder"
						? readFolder(key, full) : downloadFile(key, full))}
				>
					{inside}
				</button>
			)}
			{may("operator.write") ? (
				<button
					type="button"
					class="icon-button small"
					aria-label={`Delete ${name}`}
					data-testid="file-delete"
					onClick={() => void askRemove(key, full, entry)}
				>
					<Icon name="trash" size={18} />
				</button>
			) : null}
		</li>
	);
}

function List() {
	const { entries, failed, truncated } = folder.value;

	if (failed !== null) {
		return (
			<p class="form-error" role="alert">
				<Icon name="alert" size={18} />
				<span>
					{sentence(failed)}{" "}
					<button type="button" class="link-button" onClick={reloadFolder}>
						Try again
					</button>
				</span>
			</p>
		);
	}
	if (entries === null)
		return <p class="muted files-note" role="status">Loading…</p>;
	if (entries.length === 0) {
		return (
			<p class="muted files-note" data-testid="files-empty">
				{may("operator.write")
					? "Nothing here yet. Drop files here, or let the agent write some."
					: "Nothing here yet."}
			</p>
		);
	}
	return (
		<>
			<ul class="file-list" data-testid="file-list">
				{entries.map((entry) => <Row key={entry.name} entry={entry} />)}
			</ul>
			{truncated ? (
				<p class="muted files-note">
					Only the first {plural(entries.length, "entry", "entries")} are
					shown.
				</p>
			) : null}
		</>
	);
}

function UploadRow({ upload }: { upload: Upload }) {
	const percent = upload.size === 0 ? 100
		: Math.floor(upload.sent * 100 / upload.size);

	return (
		<li class={`upload ${upload.state}`} data-testid="upload">
			<span class="upload-line">
				<span class="file-name" dir="auto">{visibleText(upload.name)}</span>
				{upload.state === "failed" ? (
					<button
						type="button"
						class="icon-button small"
						aria-label={`Dismiss ${visibleText(upload.name)}`}
						onClick={() => dismissUpload(upload.id)}
					>
						<Icon name="close" size={16} />
					</button>
				) : (
					<small>{upload.state === "waiting" ? "Waiting"
						: percent === 100 ? "Storing…" : `${percent} %`}</small>
				)}
			</span>
			{upload.state === "failed" ? (
				<small class="bad" role="alert" data-testid="upload-failed">
					{sentence(upload.reason ?? "")}
				</small>
			) : (
				<progress
					max={100}
					value={upload.state === "waiting" ? 0 : percent}
					aria-label={`Uploading ${visibleText(upload.name)}`}
				/>
			)}
		</li>
	);
}

function Uploads() {
	return uploads.value.length === 0 ? null : (
		<ul class="upload-list" aria-label="Uploads">
			{uploads.value.map((one) => <UploadRow key={one.id} upload={one} />)}
		</ul>
	);
}

function UploadButton() {
	const input = useRef<HTMLInputElement>(null);

	return (
		<>
			<input
				ref={input}
				type="file"
				multiple
				hidden
				data-testid="files-input"
				onChange={(ev) => {
					uploadFiles(ev.currentTarget.files ?? []);
					ev.currentTarget.value = "";
				}}
			/>
			<button
				type="button"
				class="button small"
				data-testid="files-upload"
				onClick={() => input.current?.click()}
			>
				<Icon name="upload" size={18} />Upload
			</button>
		</>
	);
}

/* Only files: text that is dragged stays text. */
function hasFiles(ev: DragEvent): boolean {
	return ev.dataTransfer?.types.includes("Files") === true;
}

export function FilesPanel() {
	const root = useRef<HTMLElement>(null);
	const [dropping, setDropping] = useState(false);
	const mayWrite = may("operator.write");
	const drop = mayWrite ? {
		onDragOver: (ev: DragEvent) => {
			if (!hasFiles(ev))
				return;
			ev.preventDefault();
			setDropping(true);
		},
		onDragLeave: (ev: DragEvent) => {
			if (!root.current?.contains(ev.relatedTarget as Node | null))
				setDropping(false);
		},
		onDrop: (ev: DragEvent) => {
			setDropping(false);
			if (!hasFiles(ev))
				return;
			ev.preventDefault();
			uploadFiles(ev.dataTransfer?.files ?? []);
		},
	} : {};

	useEffect(() => {
		root.current?.querySelector<HTMLElement>("button")?.focus();
	}, []);
	return (
		<>
			{filesOver.value
				? <div class="scrim files-scrim" onClick={close} aria-hidden="true" />
				: null}
			<aside
				ref={root}
				id="files-panel"
				class={`files${dropping ? " dropping" : ""}`}
				aria-label="Files of this conversation"
				data-testid="files-panel"
				onKeyDown={(ev) => {
					if (ev.key === "Escape")
						close();
				}}
				{...drop}
			>
				<div class="files-top">
					<h2>Files</h2>
					<button
						type="button"
						class="icon-button"
						aria-label="Close the files"
						data-testid="files-close"
						onClick={close}
					>
						<Icon name="close" />
					</button>
				</div>
				<div class="files-bar">
					<Crumbs />
					<button
						type="button"
						class="icon-button small"
						aria-label="Read the folder again"
						title="Read again"
						onClick={reloadFolder}
					>
						<Icon name="retry" size={18} />
					</button>
					{mayWrite ? <UploadButton /> : null}
				</div>
				<div class="files-body">
					<Uploads />
					<List />
				</div>
				{dropping
					? <p class="files-drop" aria-hidden="true">Drop to upload</p>
					: null}
			</aside>
		</>
	);
}
