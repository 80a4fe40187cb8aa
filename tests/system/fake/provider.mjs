/*
 * A model provider for tests: OpenAI chat completions and Anthropic messages,
 * framed as the real servers frame them, and as strict about requests.
 *
 *   node provider.mjs --port 0 --state FILE
 *
 * prints "listening on PORT" and writes {"port","pid"} to FILE.  Listens on
 * loopback only.  Any key works except none and those that begin with "bad".
 *
 * POST /v1/chat/completions   OpenAI, streamed or whole (base_url .../v1)
 * POST /v1/messages           Anthropic, streamed or whole (base_url ...)
 * GET  /v1/models             the models, in OpenAI's form
 * GET  /requests              what was asked: [{at, connection, method, path,
 *                             headers, body, closed}], keys masked to their
 *                             last four; closed: "done", "client" (went away
 *                             first), "cut" (by us) or null (still open)
 * DELETE /requests            forgets them, and what was counted
 *
 * The last text of a user is the script; without one the answer is
 * "You said: TEXT".  Parts are done in their order:
 *   [[say TEXT]]               streams TEXT, a word a piece
 *   [[slow N MS]]              streams the words w1 ... wN, MS apart
 *   [[huge N]]                 streams N bytes in pieces of 4096
 *   [[tool NAME {json}]]       calls a tool; once results are there, answers
 *                              with their contents
 *   [[toolloop NAME {json}]]   calls it again however many results there are
 *   [[wait MS]]                pauses
 *   [[status CODE xN]]         refuses N times (default: always), then works
 *   [[status 429 retry-after S]]  refuses once, saying when to come back
 *   [[error TYPE]]             an error event inside the stream
 *   [[finish WORD]]            ends with this finish_reason / stop_reason
 *   [[cut]]                    drops the connection here
 *   [[cut xN]]                 does so N times, then works
 *   [[hang]]                   sends nothing more and keeps the connection
 *   [[open]]                   says the last word and keeps the connection
 *   [[garbage]]                an event that is no JSON
 *   [[headers N]]              N bytes of response headers first
 *   [[html]]                   a web page instead of an answer, status 200
 *   [[redirect]]               a redirect to this server's /requests
 */
import http from 'node:http';
import fs from 'node:fs';
import crypto from 'node:crypto';

const PIECE_BYTES = 4096;
const MAX_BODY_BYTES = 32 * 1024 * 1024;
const MODELS = ['fake-small', 'fake-large'];

const requests = [];
const counters = new Map();
let connections = 0;

const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const id = (prefix, bytes = 18) => prefix +
    crypto.randomBytes(bytes).toString('base64url').replace(/[-_]/g, 'x');
const tokens = (text) => Math.max(1, Math.ceil(text.length / 4));
const words = (text) => text.match(/\s*\S+|\s+$/g) ?? [];

/* ---- the script ---- */

/* Cuts TEXT into [[...]] parts.  A tool's JSON may itself hold "]]". */
function parse(text) {
	const parts = [];
	let at = 0;
	for (;;) {
		const start = text.indexOf('[[', at);
		if (start < 0)
			return parts;
		let end = text.indexOf(']]', start);
		if (end < 0)
			return parts;
		const tool = /^\[\[(tool|toolloop)\s+([^\s\]]+)\s*/
		    .exec(text.slice(start));
		if (tool) {
			const from = start + tool[0].length;
			let args = null;
			while (end >= 0 && args === null) {
				args = asJson(text.slice(from, end).trim());
				if (args === null)
					end = text.indexOf(']]', end + 1);
			}
			if (args === null)
				return parts;
			parts.push({ do: tool[1], name: tool[2], args });
		} else {
			const body = text.slice(start + 2, end).trim();
			const verb = body.split(/\s/, 1)[0];
			parts.push({ do: verb, rest: body.slice(verb.length).trim() });
		}
		at = end + 2;
	}
}

/* The text itself when it is JSON ("" counts as {}), else null. */
function asJson(text) {
	if (text === '')
		return '{}';
	try {
		JSON.parse(text);
		return text;
	} catch {
		return null;
	}
}

/* True for the first N requests with this key, false once, then again. */
function within(key, n) {
	const seen = (counters.get(key) ?? 0) + 1;
	counters.set(key, seen > n ? 0 : seen);
	return seen <= n;
}

/*
 * What this request is answered with: a list of steps
 *   {text} {word} {huge} {tool} {wait} {error} {cut} {hang} {open} {garbage}
 * and {status, retryAfter, headers, page, redirect, finish}.
 */
function plan(script, results) {
	const out = { steps: [], status: 200, retryAfter: null, headers: 0,
	    page: false, redirect: false, finish: null };
	const parts = parse(script);
	const add = (step) => out.steps.push(step);
	const times = (rest) => Number(/x(\d+)/.exec(rest)?.[1] ?? 0);

	for (const p of parts) {
		if (p.do !== 'status')
			continue;
		const code = Number(p.rest.split(/\s/)[0]);
		const after = /retry-after\s+(\d+)/.exec(p.rest);
		const n = times(p.rest) || (after ? 1 : Infinity);
		if (within(`${script}\n${p.rest}`, n)) {
			out.status = code;
			out.retryAfter = after ? Number(after[1]) : null;
			return out;
		}
	}
	const loop = parts.find((p) => p.do === 'toolloop');
	if (results !== null && !loop) {
		add({ text: results.join('\n') });
		return out;
	}
	for (const p of parts) {
		const [a, b] = (p.rest ?? '').split(/\s+/);
		switch (p.do) {
		case 'say': add({ text: p.rest }); break;
		case 'slow':
			for (let i = 1; i <= Number(a); i++) {
				add({ word: i < Number(a) ? `w${i} ` : `w${i}` });
				add({ wait: Number(b) });
			}
			break;
		case 'huge': add({ huge: Number(a) }); break;
		case 'tool':
		case 'toolloop': add({ tool: p }); break;
		case 'wait': add({ wait: Number(a) }); break;
		case 'error': add({ error: a || null }); break;
		case 'cut':
			if (times(p.rest) === 0 ||
			    within(`${script}\ncut`, times(p.rest)))
				add({ cut: true });
			break;
		case 'hang': add({ hang: true }); break;
		case 'open': add({ open: true }); break;
		case 'garbage': add({ garbage: true }); break;
		case 'headers': out.headers = Number(a); break;
		case 'html': out.page = true; break;
		case 'redirect': out.redirect = true; break;
		case 'finish': out.finish = a; break;
		}
	}
	const speaks = out.steps.some((s) => !s.wait && !s.open);
	if (!speaks && !out.page && !out.redirect)
		out.steps.unshift({ text: `You said: ${script}` });
	return out;
}

/* ---- refusals ---- */

class Refusal extends Error {
	constructor(status, type, message, code = null, param = null) {
		super(message);
		Object.assign(this, { status, type, code, param });
	}
}

const OPENAI_BY_STATUS = {
	400: ['invalid_request_error', null, 'Invalid request.'],
	401: ['invalid_request_error', 'invalid_api_key',
	    'Incorrect API key provided.'],
	403: ['invalid_request_error', 'unsupported_country_region_territory',
	    'Country, region, or territory not supported'],
	404: ['invalid_request_error', 'model_not_found',
	    'The model `gone` does not exist or you do not have access to it.'],
	429: ['requests', 'rate_limit_exceeded', 'Rate limit reached for ' +
	    'requests. Please try again later.'],
	500: ['server_error', null, 'The server had an error while processing ' +
	    'your request. Sorry about that!'],
	503: ['service_unavailable_error', null, 'The engine is currently ' +
	    'overloaded, please try again later'],
};

const ANTHROPIC_BY_STATUS = {
	400: ['invalid_request_error', 'Invalid request'],
	401: ['authentication_error', 'invalid x-api-key'],
	403: ['permission_error', 'Your API key does not have permission'],
	404: ['not_found_error', 'model: gone'],
	413: ['request_too_large', 'Request exceeds the maximum size'],
	429: ['rate_limit_error', 'This request would exceed your rate limit'],
	500: ['api_error', 'Internal server error'],
	529: ['overloaded_error', 'Overloaded'],
};

const need = (ok, message, param = null) => {
	if (!ok)
		throw new Refusal(400, 'invalid_request_error', message, null,
		    param);
};

/* ---- OpenAI ---- */

const openai = {
	key(headers) {
		const m = /^Bearer (.+)$/.exec(headers.authorization ?? '');
		if (!m)
			throw new Refusal(401, 'invalid_request_error',
			    "You didn't provide an API key. You need to " +
			    'provide your API key in an Authorization header ' +
			    'using Bearer auth (i.e. Authorization: Bearer ' +
			    'YOUR_KEY).');
		if (m[1].startsWith('bad'))
			throw new Refusal(401, 'invalid_request_error',
			    `Incorrect API key provided: ${mask(m[1])}. You ` +
			    'can find your API key at https://platform.' +
			    'openai.com/account/api-keys.', 'invalid_api_key');
	},

	check(body) {
		need(typeof body.model === 'string',
		    'you must provide a model parameter');
		need(Array.isArray(body.messages) && body.messages.length > 0,
		    "Missing required parameter: 'messages'.", 'messages');
		let waiting = new Set();
		body.messages.forEach((m, i) => {
			const where = `messages.[${i}]`;
			need(['system', 'developer', 'user', 'assistant', 'tool']
			    .includes(m.role),
			    `Invalid value: '${m.role}'.`, `${where}.role`);
			if (m.role === 'tool') {
				need(waiting.delete(m.tool_call_id),
				    'Invalid parameter: messages with role ' +
				    "'tool' must be a response to a preceeding " +
				    "message with 'tool_calls'.", where);
				need(typeof m.content === 'string',
				    'Invalid content', where);
				return;
			}
			need(waiting.size === 0, 'An assistant message with ' +
			    "'tool_calls' must be followed by tool messages " +
			    "responding to each 'tool_call_id'. The following " +
			    'tool_call_ids did not have response messages: ' +
			    [...waiting].join(', '), where);
			if (m.role !== 'assistant') {
				need(typeof m.content === 'string' ||
				    Array.isArray(m.content),
				    'Invalid value for content', where);
				return;
			}
			need(typeof m.content === 'string' ||
			    m.tool_calls?.length > 0, 'Invalid value for ' +
			    "'content': expected a string, got null.", where);
			for (const c of m.tool_calls ?? []) {
				need(c.type === 'function' && c.id &&
				    /^[a-zA-Z0-9_-]{1,64}$/
				    .test(c.function?.name) &&
				    typeof c.function.arguments === 'string',
				    'Invalid tool call', where);
				waiting.add(c.id);
			}
		});
		need(waiting.size === 0, "'tool_calls' without responses");
		for (const t of body.tools ?? [])
			need(t.type === 'function' &&
			    /^[a-zA-Z0-9_-]{1,64}$/.test(t.function?.name),
			    'Invalid tool', 'tools');
	},

	/* The last text of a user, and the results that came after it. */
	script(body) {
		const messages = body.messages;
		const at = messages.map((m) => m.role).lastIndexOf('user');
		const results = messages.slice(at + 1)
		    .filter((m) => m.role === 'tool').map((m) => m.content);
		const content = messages[at]?.content ?? '';
		const text = typeof content === 'string' ? content :
		    content.filter((b) => b.type === 'text').at(-1)?.text ?? '';
		return { text, results: results.length > 0 ? results : null };
	},

	refuse(res, e, retryAfter) {
		const known = OPENAI_BY_STATUS[e.status];
		const error = e.message ?
		    { message: e.message, type: e.type, param: e.param,
		    code: e.code } :
		    { message: known?.[2] ?? 'Error', type: known?.[0] ??
		    'server_error', param: null, code: known?.[1] ?? null };
		const headers = { 'content-type': 'application/json',
		    'x-request-id': id('req_') };
		if (retryAfter !== null)
			headers['retry-after'] = String(retryAfter);
		res.writeHead(e.status, headers);
		res.end(JSON.stringify({ error }, null, 4) + '\n');
	},

	headers() {
		return { 'content-type': 'text/event-stream; charset=utf-8',
		    'cache-control': 'no-cache', 'openai-version': '2020-10-01',
		    'openai-processing-ms': '12', 'x-request-id': id('req_') };
	},

	begin(w, body) {
		Object.assign(w, { id: id('chatcmpl-', 21), calls: 0,
		    created: Math.floor(Date.now() / 1000), started: false });
		w.chunk = (choices, usage = null) => {
			const o = { id: w.id, object: 'chat.completion.chunk',
			    created: w.created, model: body.model,
			    service_tier: 'default',
			    system_fingerprint: 'fp_fake0001', choices };
			if (body.stream_options?.include_usage)
				o.usage = usage;
			w.send(`data: ${JSON.stringify(o)}\n\n`);
		};
		w.delta = (delta, finish_reason = null) => w.chunk([{ index: 0,
		    delta, logprobs: null, finish_reason }]);
	},
	role(w, first) {
		if (w.started)
			return;
		w.started = true;
		w.delta({ role: 'assistant', ...first, refusal: null });
	},
	text(w, text) {
		openai.role(w, { content: '' });
		w.delta({ content: text });
	},
	tool(w, { name, args }) {
		const index = w.calls++;
		const call = { index, id: id('call_'), type: 'function',
		    function: { name, arguments: '' } };
		if (w.started)
			w.delta({ tool_calls: [call] });
		else
			openai.role(w, { content: null, tool_calls: [call] });
		for (let at = 0; at < args.length; at += 7)
			w.delta({ tool_calls: [{ index, function: {
			    arguments: args.slice(at, at + 7) } }] });
	},
	error(w, type) {
		w.send(`data: ${JSON.stringify({ error: {
		    message: 'The server had an error while processing your ' +
		    'request. Sorry about that!', type: type ?? 'server_error',
		    param: null, code: null } })}\n\n`);
	},
	garbage(w) {
		w.send('data: {"id":"chatcmpl-x","choi\n\n');
	},
	end(w, body, usage, finish) {
		openai.role(w, { content: '' });
		w.delta({}, finish ?? (w.calls > 0 ? 'tool_calls' : 'stop'));
		if (body.stream_options?.include_usage)
			w.chunk([], openai.usage(usage));
		w.send('data: [DONE]\n\n');
	},
	usage: ({ input, output }) => ({ prompt_tokens: input,
	    completion_tokens: output, total_tokens: input + output,
	    prompt_tokens_details: { cached_tokens: 0, audio_tokens: 0 },
	    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0,
	    accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 } }),

	whole(body, text, calls, usage, finish) {
		const message = { role: 'assistant', content: text || null,
		    refusal: null, annotations: [] };
		if (calls.length > 0)
			message.tool_calls = calls.map((c) => ({
			    id: id('call_'), type: 'function',
			    function: { name: c.name, arguments: c.args } }));
		return { id: id('chatcmpl-', 21), object: 'chat.completion',
		    created: Math.floor(Date.now() / 1000), model: body.model,
		    choices: [{ index: 0, message, logprobs: null,
		    finish_reason: finish ??
		    (calls.length > 0 ? 'tool_calls' : 'stop') }],
		    usage: openai.usage(usage), service_tier: 'default',
		    system_fingerprint: 'fp_fake0001' };
	},
};

/* ---- Anthropic ---- */

const anthropic = {
	key(headers) {
		const key = headers['x-api-key'];
		if (!key)
			throw new Refusal(401, 'authentication_error',
			    'x-api-key header is required');
		if (key.startsWith('bad'))
			throw new Refusal(401, 'authentication_error',
			    'invalid x-api-key');
		need(headers['anthropic-version'],
		    'anthropic-version: header is required');
		need(/^2023-0[16]-01$/.test(headers['anthropic-version']),
		    `anthropic-version: "${headers['anthropic-version']}" is ` +
		    'not a valid version');
	},

	check(body) {
		need(typeof body.model === 'string', 'model: Field required');
		need(Number.isInteger(body.max_tokens) && body.max_tokens > 0,
		    'max_tokens: Field required');
		need(Array.isArray(body.messages) && body.messages.length > 0,
		    'messages: at least one message is required');
		const used = new Set();
		let waiting = [];
		let last = 'assistant';
		body.messages.forEach((m, i) => {
			const where = `messages.${i}`;
			need(m.role === 'user' || m.role === 'assistant',
			    `${where}.role: Input should be 'user' or ` +
			    "'assistant'");
			need(m.role !== last, i === 0 ? 'messages: first ' +
			    'message must use the "user" role' :
			    'messages: roles must alternate between "user" ' +
			    'and "assistant", but found multiple ' +
			    `"${m.role}" roles in a row`);
			last = m.role;
			const blocks = typeof m.content === 'string' ?
			    [{ type: 'text', text: m.content }] : m.content;
			need(Array.isArray(blocks) && blocks.length > 0,
			    `${where}: all messages must have non-empty content`);
			if (waiting.length > 0)
				anthropic.results(where, waiting, blocks);
			waiting = anthropic.blocks(where, m.role, blocks, used);
		});
		need(waiting.length === 0, 'messages: `tool_use` ids were ' +
		    'found without `tool_result` blocks immediately after: ' +
		    waiting.join(', '));
		need(last === 'user', 'This model does not support assistant ' +
		    'message prefill. The conversation must end with a user ' +
		    'message.');
		for (const [i, t] of (body.tools ?? []).entries())
			need(/^[a-zA-Z0-9_-]{1,128}$/.test(t.name) &&
			    t.input_schema?.type === 'object',
			    `tools.${i}: Field required`);
	},

	/* Results come first in the message after their calls. */
	results(where, waiting, blocks) {
		const given = [];
		for (const b of blocks) {
			if (b.type !== 'tool_result')
				break;
			given.push(b.tool_use_id);
		}
		const missing = waiting.filter((w) => !given.includes(w));
		need(missing.length === 0, `${where}: \`tool_use\` ids were ` +
		    'found without `tool_result` blocks immediately after: ' +
		    `${missing.join(', ')}. Each \`tool_use\` block must have ` +
		    'a corresponding `tool_result` block in the next message.');
		const extra = given.filter((g) => !waiting.includes(g));
		need(extra.length === 0, `${where}: unexpected \`tool_use_id\`` +
		    ` found in \`tool_result\` blocks: ${extra.join(', ')}`);
	},

	blocks(where, role, blocks, used) {
		const calls = [];
		blocks.forEach((b, i) => {
			const at = `${where}.content.${i}`;
			if (b.type === 'text') {
				need(/\S/.test(b.text ?? ''), 'messages: text ' +
				    'content blocks must be non-empty');
			} else if (b.type === 'tool_use') {
				need(role === 'assistant', `${at}: \`tool_use\` ` +
				    'blocks can only be in `assistant` messages');
				need(/^[a-zA-Z0-9_-]+$/.test(b.id), `${at}.` +
				    'tool_use.id: String should match pattern ' +
				    "'^[a-zA-Z0-9_-]+$'");
				need(!used.has(b.id), 'messages: `tool_use` ids ' +
				    'must be unique');
				need(b.input !== null &&
				    typeof b.input === 'object' &&
				    !Array.isArray(b.input), `${at}.tool_use.` +
				    'input: Input should be a valid dictionary');
				used.add(b.id);
				calls.push(b.id);
			} else if (b.type === 'tool_result') {
				need(used.has(b.tool_use_id), `${at}: unexpected ` +
				    '`tool_use_id` found in `tool_result` blocks');
			} else {
				need(b.type === 'image', `${at}: Input tag ` +
				    `'${b.type}' found`);
			}
		});
		return calls;
	},

	script(body) {
		const flat = [];
		for (const m of body.messages) {
			if (m.role !== 'user')
				continue;
			if (typeof m.content === 'string')
				flat.push({ type: 'text', text: m.content });
			else
				flat.push(...m.content);
		}
		const at = flat.map((b) => b.type).lastIndexOf('text');
		const results = flat.slice(at + 1)
		    .filter((b) => b.type === 'tool_result')
		    .map((b) => typeof b.content === 'string' ? b.content :
		    b.content.map((c) => c.text).join(''));
		return { text: flat[at]?.text ?? '',
		    results: results.length > 0 ? results : null };
	},

	refuse(res, e, retryAfter) {
		const known = ANTHROPIC_BY_STATUS[e.status];
		const request_id = id('req_011');
		const headers = { 'content-type': 'application/json',
		    'request-id': request_id };
		if (retryAfter !== null)
			headers['retry-after'] = String(retryAfter);
		res.writeHead(e.status, headers);
		res.end(JSON.stringify({ type: 'error', error: {
		    type: e.message ? e.type : known?.[0] ?? 'api_error',
		    message: e.message || (known?.[1] ?? 'Error') },
		    request_id }));
	},

	headers() {
		return { 'content-type': 'text/event-stream; charset=utf-8',
		    'cache-control': 'no-cache', 'request-id': id('req_011') };
	},

	begin(w, body, usage) {
		Object.assign(w, { index: -1, open: null, calls: 0 });
		w.event = (type, fields = {}) => w.send(`event: ${type}\n` +
		    `data: ${JSON.stringify({ type, ...fields })}\n\n`);
		w.opening = () => {
			if (w.started)
				return;
			w.started = true;
			w.event('message_start', { message: { id: id('msg_01'),
			    type: 'message', role: 'assistant',
			    model: body.model, content: [], stop_reason: null,
			    stop_sequence: null, usage: {
			    input_tokens: usage.input,
			    cache_creation_input_tokens: 0,
			    cache_read_input_tokens: 0, output_tokens: 1,
			    service_tier: 'standard' } } });
		};
		w.block = (kind, content_block) => {
			w.opening();
			if (w.open === kind && kind === 'text')
				return;
			w.stop();
			w.event('content_block_start',
			    { index: ++w.index, content_block });
			w.open = kind;
			if (w.index === 0)
				w.event('ping');
		};
		w.stop = () => {
			if (w.open !== null)
				w.event('content_block_stop',
				    { index: w.index });
			w.open = null;
		};
	},
	text(w, text) {
		w.block('text', { type: 'text', text: '' });
		w.event('content_block_delta', { index: w.index,
		    delta: { type: 'text_delta', text } });
	},
	tool(w, { name, args }) {
		w.calls++;
		w.block('tool', { type: 'tool_use', id: id('toolu_01'), name,
		    input: {} });
		const piece = (partial_json) => w.event('content_block_delta',
		    { index: w.index, delta: { type: 'input_json_delta',
		    partial_json } });
		piece('');
		if (args === '{}')
			return;
		for (let at = 0; at < args.length; at += 7)
			piece(args.slice(at, at + 7));
	},
	error(w, type) {
		const t = type ?? 'overloaded_error';
		w.event('error', { error: { details: null, type: t,
		    message: t === 'overloaded_error' ? 'Overloaded' :
		    'Internal server error' }, request_id: id('req_011') });
	},
	garbage(w) {
		w.opening();
		w.send('event: content_block_delta\ndata: {"type":"conte\n\n');
	},
	end(w, body, usage, finish) {
		w.opening();
		w.stop();
		w.event('message_delta', { delta: { stop_reason: finish ??
		    (w.calls > 0 ? 'tool_use' : 'end_turn'),
		    stop_sequence: null },
		    usage: { output_tokens: usage.output } });
		w.event('message_stop');
	},

	whole(body, text, calls, usage, finish) {
		const content = text ? [{ type: 'text', text }] : [];
		for (const c of calls)
			content.push({ type: 'tool_use', id: id('toolu_01'),
			    name: c.name, input: JSON.parse(c.args) });
		return { id: id('msg_01'), type: 'message', role: 'assistant',
		    model: body.model, content, stop_reason: finish ??
		    (calls.length > 0 ? 'tool_use' : 'end_turn'),
		    stop_sequence: null, usage: { input_tokens: usage.input,
		    cache_creation_input_tokens: 0,
		    cache_read_input_tokens: 0, output_tokens: usage.output,
		    service_tier: 'standard' } };
	},
};

/* ---- serving ---- */

function mask(key) {
	return key.length <= 4 ? '****' : '****' + key.slice(-4);
}

function masked(headers) {
	const out = { ...headers };
	if (out.authorization)
		out.authorization = out.authorization.replace(/^(\S+ )?(.*)$/,
		    (all, scheme, key) => (scheme ?? '') + mask(key));
	if (out['x-api-key'])
		out['x-api-key'] = mask(out['x-api-key']);
	return out;
}

async function read(req) {
	const chunks = [];
	let n = 0;
	for await (const chunk of req) {
		n += chunk.length;
		if (n > MAX_BODY_BYTES)
			throw new Refusal(413, 'invalid_request_error',
			    'Request too large');
		chunks.push(chunk);
	}
	return Buffer.concat(chunks).toString('utf8');
}

/* Streams the steps; resolves when the answer is over. */
async function stream(api, res, record, body, todo, usage) {
	const w = { started: false, send: (text) => res.write(text) };
	api.begin(w, body, usage);
	const begin = () => {
		if (!res.headersSent)
			res.writeHead(200, { ...api.headers(),
			    ...padding(todo.headers) });
	};
	let open = false;
	for (const s of todo.steps) {
		if (res.destroyed)
			return;
		if (s.hang)
			return;
		if (s.wait !== undefined) {
			await sleep(s.wait);
			continue;
		}
		begin();
		if (s.cut) {
			/* What was written goes out first. */
			res.flushHeaders();
			await sleep(20);
			record.closed ??= 'cut';
			res.destroy();
			return;
		}
		if (s.text !== undefined) {
			for (const piece of words(s.text))
				api.text(w, piece);
		}
		if (s.word !== undefined)
			api.text(w, s.word);
		for (let left = s.huge ?? 0; left > 0; left -= PIECE_BYTES) {
			api.text(w, 'x'.repeat(Math.min(left, PIECE_BYTES)));
			if (res.writableNeedDrain && !res.destroyed)
				await drained(res);
			if (res.destroyed)
				return;
		}
		if (s.tool)
			api.tool(w, s.tool);
		if (s.garbage)
			api.garbage(w);
		if (s.error !== undefined) {
			api.error(w, s.error);
			record.closed ??= 'done';
			res.end();
			return;
		}
		open ||= s.open === true;
	}
	begin();
	api.end(w, body, usage, todo.finish);
	if (open)
		return;
	record.closed ??= 'done';
	res.end();
}

/* Resolves when more may be written, or never will be. */
function drained(res) {
	return new Promise((done) => {
		const over = () => {
			res.off('drain', over);
			res.off('close', over);
			done();
		};
		res.on('drain', over);
		res.on('close', over);
	});
}

function padding(bytes) {
	const out = {};
	for (let i = 0; bytes > 0; i++, bytes -= 4000)
		out[`x-padding-${i}`] = 'p'.repeat(Math.min(bytes, 4000));
	return out;
}

async function complete(api, req, res, record) {
	let body, todo, script;
	try {
		body = JSON.parse(await read(req));
		record.body = body;
		api.key(req.headers);
		api.check(body);
		script = api.script(body);
		todo = plan(script.text, script.results);
		if (todo.status !== 200)
			throw new Refusal(todo.status);
	} catch (e) {
		const refusal = e instanceof Refusal ? e : new Refusal(400,
		    'invalid_request_error', 'We could not parse the JSON ' +
		    'body of your request.');
		record.closed = 'done';
		api.refuse(res, refusal, todo?.retryAfter ?? null);
		return;
	}
	if (todo.redirect) {
		res.writeHead(307, { location: '/requests' });
		res.end();
		return;
	}
	if (todo.page) {
		res.writeHead(200, { 'content-type': 'text/html' });
		res.end('<!doctype html><title>It works</title>\n');
		return;
	}
	const text = todo.steps.map((s) => s.text ?? s.word ??
	    'x'.repeat(s.huge ?? 0)).join('');
	const calls = todo.steps.filter((s) => s.tool).map((s) => s.tool);
	const usage = { input: tokens(JSON.stringify(body.messages)),
	    output: tokens(text + calls.map((c) => c.args).join('')) };
	if (body.stream === true)
		return stream(api, res, record, body, todo, usage);
	for (const s of todo.steps) {
		if (s.hang)
			return;
		if (s.cut) {
			record.closed = 'cut';
			res.destroy();
			return;
		}
		if (s.wait !== undefined)
			await sleep(s.wait);
	}
	record.closed = 'done';
	res.writeHead(200, { 'content-type': 'application/json' });
	res.end(JSON.stringify(api.whole(body, text, calls, usage,
	    todo.finish)));
}

function json(res, status, value) {
	res.writeHead(status, { 'content-type': 'application/json' });
	res.end(JSON.stringify(value));
}

async function serve(req, res) {
	const path = new URL(req.url, 'http://fake').pathname;
	const api = { '/v1/chat/completions': openai,
	    '/v1/messages': anthropic }[path];

	if (req.method === 'POST' && api) {
		const record = { at: Date.now(), connection: req.socket.serial,
		    method: req.method, path, headers: masked(req.headers),
		    body: null, closed: null };
		requests.push(record);
		res.on('close', () => {
			record.closed ??= res.writableFinished ? 'done' : 'client';
		});
		return complete(api, req, res, record);
	}
	if (path === '/requests' && req.method === 'GET')
		return json(res, 200, requests);
	if (path === '/requests' && req.method === 'DELETE') {
		requests.length = 0;
		counters.clear();
		return json(res, 200, { ok: true });
	}
	if (path === '/v1/models' && req.method === 'GET')
		return json(res, 200, { object: 'list', data: MODELS.map((m) =>
		    ({ id: m, object: 'model', created: 1700000000,
		    owned_by: 'fake' })) });
	return json(res, 404, { error: { message: 'Invalid URL (' +
	    `${req.method} ${path})`, type: 'invalid_request_error',
	    param: null, code: null } });
}

function options(argv) {
	const out = { port: 0, state: null };
	for (let i = 0; i < argv.length; i += 2) {
		if (argv[i] === '--port' && /^\d+$/.test(argv[i + 1] ?? ''))
			out.port = Number(argv[i + 1]);
		else if (argv[i] === '--state' && argv[i + 1])
			out.state = argv[i + 1];
		else {
			console.error('usage: provider.mjs [--port N] ' +
			    '[--state FILE]');
			process.exit(2);
		}
	}
	return out;
}

const { port, state } = options(process.argv.slice(2));
const server = http.createServer((req, res) => {
	serve(req, res).catch((e) => {
		console.error(e);
		res.destroy();
	});
});
server.on('connection', (socket) => {
	socket.serial = ++connections;
	socket.setNoDelay(true);
	socket.on('error', () => {});
});
server.on('error', (e) => {
	console.error(`cannot listen on port ${port}: ${e.message}`);
	process.exit(1);
});
server.requestTimeout = 0;
server.keepAliveTimeout = 60000;
server.listen(port, '127.0.0.1', () => {
	const bound = server.address().port;
	if (state !== null) {
		/* Whole or not at all: others wait for it. */
		fs.writeFileSync(`${state}.new`,
		    JSON.stringify({ port: bound, pid: process.pid }) + '\n');
		fs.renameSync(`${state}.new`, state);
	}
	console.log(`listening on ${bound}`);
});
for (const signal of ['SIGTERM', 'SIGINT'])
	process.on(signal, () => process.exit(0));
