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
}

export interface WhoAmI {
	user: { id: string; username: string; administrator: boolean };
	account: { id: string; name: string };
	scopes: string[];
	method: "password" | "api_key";
}

export interface ApiKey {
	id: string | number;
	label: string;
	key_prefix: string;
	scopes: string[];
	created_at: string | number;
	last_used_at: string | number | null;
	expires_at: string | number | null;
}

export interface CreatedKey {
	id: string | number;
	key: string;
	label: string;
	key_prefix: string;
	scopes: string[];
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

export interface PeekResult {
	active: boolean;
	runId?: string;
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
