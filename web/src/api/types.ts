/*
 * What travels on the wire, REST and WebSocket.  Only the fields that the
 * page reads are named; the server may send more.
 */

export const SCOPES = [
	"operator.read",
	"operator.write",
	"operator.admin",
	"operator.approvals",
	"operator.pairing",
] as const;
export type Scope = (typeof SCOPES)[number];

export interface AuthStatus {
	setup_required: boolean;
	setup_code_required: boolean;
	authenticated: boolean;
	has_password: boolean;
	has_passkeys?: boolean;
	/* False where the deployment's address is a number. */
	webauthn_available?: boolean;
	passkey_origins?: string[];
}

export interface WhoAmI {
	user: {
		id: string; username: string; administrator: boolean;
		/* Absent where the server does not say. */
		has_password?: boolean;
	};
	account: { id: string; name: string };
	scopes: string[];
	method: "password" | "passkey" | "api_key" | "cli";
	/* Until when the last proof counts, epoch ms. */
	fresh_until?: number | null;
}

export interface SessionEntry {
	id: string;
	key: string;
	label: string | null;
	model: string | null;
	createdAt: number;
	updatedAt: number;
	messageCount: number;
	archived?: boolean;
}

export interface Model {
	id: string;
	provider: string;
	displayName: string;
	/* What PROVIDER, a name of the configuration, speaks: demo, openai, ... */
	kind?: string;
	isDefault?: boolean;
	unsupported?: boolean;
}

export type Content =
	| string
	| { type: string; text?: string; image_url?: { url: string } }[];

/* ARGUMENTS is JSON text, as the model wrote it, or already read. */
export interface StoredToolCall {
	id: string;
	type?: string;
	function?: { name?: string; arguments?: unknown };
}

export interface ToolResult {
	stdout?: string;
	stderr?: string;
	exit_code?: number | null;
	timed_out?: boolean;
	oom_killed?: boolean;
	truncated?: boolean;
	/* Why it ended before its own end. */
	note?: string;
	/* What ran instead of what was asked, when a person changed it. */
	command?: string;
	asked?: string;
}

export interface StoredMessage {
	role: "system" | "user" | "assistant" | "tool" | "tool_result";
	content?: Content;
	created_at?: number;
	historyIndex?: number;
	seq?: number | null;
	run_id?: string;
	model?: string;
	provider?: string;
	inputTokens?: number;
	outputTokens?: number;
	/* Stopped before it was complete. */
	aborted?: boolean;
	tool_calls?: StoredToolCall[];
	tool_call_id?: string;
	tool_name?: string;
	arguments?: unknown;
	success?: boolean;
	/* Of a tool: an object of ToolResult's shape, or anything else. */
	result?: unknown;
	error?: ChatFault | string | null;
}

export interface SwitchResult {
	entry: SessionEntry;
	history: StoredMessage[];
	hasMore?: boolean;
}

export interface HistoryPage {
	history: StoredMessage[];
	hasMore: boolean;
	nextCursor: string | null;
	totalMessages: number;
}

export interface SendResult {
	ok?: boolean;
	runId?: string;
	queued?: boolean;
	mode?: string;
}

/* A message that waits behind a run. */
export interface QueuedTurn {
	runId: string;
	text: string;
	seq?: number | null;
	createdAt: number;
}

/* A run that ended in an error instead of an answer. */
export interface FailedTurn {
	runId: string;
	messageIndex: number;
	error: ChatFault | null;
	at: number;
}

export interface PeekResult {
	active: boolean;
	runId?: string;
	queued?: QueuedTurn[];
	failed?: FailedTurn[];
}

/* What is in a folder of a workspace. */
export interface WorkspaceEntry {
	name: string;
	type: "file" | "folder" | "other";
	size?: number;
	modifiedAt: number;
}

export interface WorkspaceList {
	path: string;
	entries: WorkspaceEntry[];
	truncated: boolean;
}

export interface WorkspaceDone {
	id: string;
	sessionKey: string;
	kind: "list" | "get" | "put" | "remove";
	path: string;
	ok: boolean;
	error?: string;
}

/* The error object of chat events; a time-out carries only a message. */
export interface ChatFault {
	type?: string;
	title?: string;
	detail?: string;
	message?: string;
	resetsAt?: number;
}

export interface ChatEvent {
	state: string;
	sessionKey: string;
	runId?: string;
	seq?: number | null;
	text?: string;
	title?: string;
	message?: string;
	messageIndex?: number;
	model?: string;
	provider?: string;
	inputTokens?: number;
	outputTokens?: number;
	count?: number;
	error?: ChatFault;
	toolCallId?: string;
	toolName?: string;
	arguments?: unknown;
	success?: boolean;
	result?: unknown;
	/* Of tool_output. */
	stream?: string;
	partialMessage?: { content?: Content };
}

export interface SessionEvent {
	kind: string;
	sessionKey: string;
}

export interface WireError {
	code: string;
	message: string;
	retryable?: boolean;
	retryAfterMs?: number;
}

export interface Hello {
	type: "hello-ok";
	protocol: number;
	server: { version: string };
	auth?: { scopes?: string[] };
	policy?: { maxPayload?: number; tickIntervalMs?: number };
	snapshot?: { seq?: number; resumed?: boolean };
}

/* A command that waits for a person, or waited. */
export interface ApprovalRequest {
	requestId: string;
	command: string;
	cwd: string;
	timeoutSecs: number;
	reason: string;
	floor: boolean;
	sessionKey: string;
	runId?: string | null;
	toolCallId?: string | null;
	createdAt: number;
	expiresAt: number;
	sandbox?: { backend?: string; image?: string; network?: string } | null;
	envNames?: string[] | null;
}

export interface ApprovalList {
	pending: string[];
	requests: ApprovalRequest[];
}

export interface ApprovalResolved {
	requestId: string;
	decision: string;
	command?: string;
	sessionKey?: string;
	runId?: string | null;
	toolCallId?: string | null;
	decidedBy?: string | null;
	via?: string | null;
}

export interface ApprovalPast extends ApprovalRequest {
	status: string;
	decision: string | null;
	finalCommand?: string | null;
	note?: string | null;
	decidedAt: number | null;
	decidedBy: string | null;
	decidedVia?: string | null;
	exitCode: number | null;
	/* Why it has no exit code. */
	error?: string | null;
}

export type ApprovalMode = "always" | "smart" | "never";

export interface ApprovalSettings {
	mode: ApprovalMode;
	deploymentMode: ApprovalMode;
	securityLevel: string;
}

export interface SandboxStatus {
	available: boolean;
	backend: string | null;
	reason: string | null;
	network: string | null;
	image: string | null;
	limits?: {
		memory?: string | number | null;
		cpu?: string | number | null;
		pids?: number | null;
		disk?: string | number | null;
		outputBytes?: number | null;
	} | null;
	rejected?: { backend: string; why: string }[] | null;
}
