// A raw FastCGI client: speaks to the application's socket as the edge would,
// or as somebody would who got hold of the socket.  Every byte is the
// caller's: records with lengths that lie, parameters twice, a connection
// that ends in the middle.  Depends on Node alone.
import net from "node:net";

export const BEGIN = 1;
export const ABORT = 2;
export const END = 3;
export const PARAMS = 4;
export const STDIN = 5;
export const STDOUT = 6;
export const STDERR = 7;

// One record; LENGTH and PADDING may lie about the content.
export function record(type, content = Buffer.alloc(0), options = {}) {
	const body = Buffer.from(content);
	const head = Buffer.alloc(8);
	head[0] = options.version ?? 1;
	head[1] = type;
	head.writeUInt16BE(options.id ?? 1, 2);
	head.writeUInt16BE(options.length ?? body.length, 4);
	head[6] = options.padding ?? 0;
	return Buffer.concat([head, body]);
}

export function begin({ role = 1, flags = 0, id = 1 } = {}) {
	return record(BEGIN, [role >> 8, role & 255, flags, 0, 0, 0, 0, 0],
		{ id });
}

function size(n) {
	if (n < 128)
		return Buffer.from([n]);
	const long = Buffer.alloc(4);
	long.writeUInt32BE((n | 0x80000000) >>> 0);
	return long;
}

// Name-value pairs; PAIRS is a list, so that a name can come twice.
export function encodePairs(pairs) {
	const parts = [];
	for (const [name, value] of pairs) {
		const n = Buffer.from(name);
		const v = Buffer.from(value);
		parts.push(size(n.length), size(v.length), n, v);
	}
	return Buffer.concat(parts);
}

// A stream of any size as records of at most 64 KiB, with its end.
export function stream(type, content, id = 1) {
	const body = Buffer.from(content);
	const parts = [];
	for (let at = 0; at < body.length; at += 65528)
		parts.push(record(type, body.subarray(at, at + 65528), { id }));
	parts.push(record(type, [], { id }));
	return Buffer.concat(parts);
}

// What the edge sets, as in its configuration; EXTRA replaces or adds.
export function edgeParams(method, uri, extra = {}, host = "127.0.0.1:8080") {
	const query = uri.includes("?") ? uri.slice(uri.indexOf("?") + 1) : "";
	return Object.entries({
		REQUEST_METHOD: method,
		REQUEST_URI: uri,
		QUERY_STRING: query,
		CONTENT_TYPE: "",
		CONTENT_LENGTH: "",
		REMOTE_ADDR: "127.0.0.1",
		HTTPS: "",
		SERVER_PROTOCOL: "HTTP/1.1",
		HTTP_HOST: host,
		HTTP_PROXY: "",
		...extra,
	}).filter(([, value]) => value !== null);
}

// A whole honest request as bytes.
export function requestBytes(pairs, body = "") {
	return Buffer.concat([
		begin(),
		stream(PARAMS, encodePairs(pairs)),
		stream(STDIN, body),
	]);
}

// Sends BYTES and collects everything until the other side closes or MS have
 // passed.  Never rejects: a broken connection is a result here.
export function exchange(socketPath, bytes, { ms = 5000, end = false } = {}) {
	return new Promise((resolve) => {
		const chunks = [];
		let error = null;
		let timedOut = false;
		const socket = net.connect(socketPath);
		const timer = setTimeout(() => {
			timedOut = true;
			socket.destroy();
		}, ms);
		socket.on("connect", () => {
			if (end)
				socket.end(bytes);
			else
				socket.write(bytes);
		});
		socket.on("data", (chunk) => {
			chunks.push(chunk);
			// Like an edge: the end of the request ends the connection.
			if (hasEnd(Buffer.concat(chunks)))
				socket.end();
		});
		socket.on("error", (e) => { error = e; });
		socket.on("close", () => {
			clearTimeout(timer);
			resolve({ bytes: Buffer.concat(chunks), error, timedOut });
		});
	});
}

// Records of BYTES; the last one may be cut.
export function records(bytes) {
	const list = [];
	let at = 0;
	while (at + 8 <= bytes.length) {
		const length = bytes.readUInt16BE(at + 4);
		list.push({
			type: bytes[at + 1],
			id: bytes.readUInt16BE(at + 2),
			content: bytes.subarray(at + 8, at + 8 + length),
		});
		at += 8 + length + bytes[at + 6];
	}
	return list;
}

function hasEnd(bytes) {
	return records(bytes).some((r) => r.type === END && r.content.length === 8);
}

// The answer in BYTES as an HTTP answer; status 0 when there is none.
export function parse(bytes) {
	const out = Buffer.concat(records(bytes)
		.filter((r) => r.type === STDOUT).map((r) => r.content));
	const split = out.indexOf("\r\n\r\n");
	if (split < 0)
		return { status: 0, headers: {}, headerList: [], text: "", json: null };
	const headerList = out.subarray(0, split).toString("latin1").split("\r\n")
		.map((line) => [
			line.slice(0, line.indexOf(":")).toLowerCase(),
			line.slice(line.indexOf(":") + 1).trim(),
		]);
	const headers = Object.fromEntries(headerList);
	const text = out.subarray(split + 4).toString();
	let json = null;
	try {
		json = JSON.parse(text);
	} catch {
		// Not every answer has a body.
	}
	return { status: Number(headers.status ?? 200), headers, headerList, text,
		json };
}

 // One request straight to the socket.  OPTIONS: params (object, replaces the
 // edge's; null removes one), more (list of pairs added behind, for
 // duplicates), body, host.  CONTENT_LENGTH is set from the body unless given.
export async function fcgi(socketPath, method, uri, options = {}) {
	const body = Buffer.from(options.body ?? "");
	const extra = { ...options.params };
	if (body.length > 0 && !("CONTENT_LENGTH" in extra))
		extra.CONTENT_LENGTH = String(body.length);
	if (body.length > 0 && !("CONTENT_TYPE" in extra))
		extra.CONTENT_TYPE = "application/json";
	const pairs = edgeParams(method, uri, extra, options.host);
	pairs.push(...(options.more ?? []));
	const result = await exchange(socketPath, requestBytes(pairs, body),
		{ ms: options.ms ?? 5000 });
	return { ...parse(result.bytes), error: result.error,
		timedOut: result.timedOut };
}

// The edge of the deployment under test, as a function (method, uri, options):
// its own host and scheme, and a client address of its own for every call,
// so that limits of one address do not add up over a file.
export function direct(env) {
	const url = new URL(env.MOLTIS_URL);
	const https = url.protocol === "https:" ? "on" : "";
	let next = Math.floor(Math.random() * 65000);
	return (method, uri, options = {}) => {
		next = (next + 1) % 65000;
		return fcgi(env.MOLTIS_FCGI_SOCKET, method, uri, {
			host: url.host,
			...options,
			params: {
				HTTPS: https,
				REMOTE_ADDR: `198.18.${next >> 8}.${next & 255}`,
				...options.params,
			},
		});
	};
}
