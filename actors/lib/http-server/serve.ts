import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { formatBytes, type Row, WeirError } from '#stage';
import { readTls, type TlsFiles } from '../sockets/tls.ts';
import { formOf, packedOf, parseBody, plainBody, type Refusal } from './body.ts';

export interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly maxBody: number;
  readonly timeoutMs: number;
  readonly connections: number;
  readonly tls?: TlsFiles | undefined;
  /** Whether the value of the header `Authorization` lets somebody in; undefined: all come in. */
  readonly admits?: ((authorization: string | undefined) => boolean) | undefined;
  /** Answers with a refusal, or takes the records and later calls `answer`. */
  take(rows: readonly Row[], bytes: number, answer: () => void): Refusal | undefined;
  /** Not taking anything, as while shutting down. */
  closed(): boolean;
  health(): Record<string, unknown>;
}

/** A refusal with headers that say what would be right. */
type Refused = Refusal & { allow?: string; authenticate?: string };

const RETRY_AFTER_S = '1';

/** An HTTP server that takes records by POST. Resolves when it listens. Throws `WEIR_ADDRESS_IN_USE`, `WEIR_TLS_FILE`. */
export async function serve(options: ServeOptions): Promise<Server> {
  const limits = {
    headersTimeout: Math.min(10_000, options.timeoutMs),
    requestTimeout: options.timeoutMs,
    keepAliveTimeout: 5_000,
    // How often the two limits above are looked at: slow senders must not hold connections for long.
    connectionsCheckingInterval: Math.min(5_000, options.timeoutMs),
  };
  const { tls } = options;
  const server: Server = tls
    ? createSecureServer({ ...limits, ...(await readTls(tls)), requestCert: tls.ca !== undefined })
    : createServer(limits);
  server.maxConnections = options.connections;
  server.on('request', (request, response) => handle(options, request, response));
  server.on('checkContinue', (request, response) => {
    if (refusalOf(options, request) === undefined) response.writeContinue();
    handle(options, request, response);
  });
  await listen(server, options);
  return server;
}

/** Resolves when a server listens. Throws `WEIR_ADDRESS_IN_USE`, `WEIR_ADDRESS_DENIED`, `WEIR_ADDRESS`. */
export function listen(server: NetServer, place: { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(listenError(place, error)));
    server.listen(place.port, place.host, resolve);
  });
}

/** Where a server listens, as a URL. */
export function urlOf(server: Server, path: string, scheme = 'http'): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}${path}`;
}

function handle(options: ServeOptions, request: IncomingMessage, response: ServerResponse): void {
  const path = pathOf(request);
  if (path === '/health' && (request.method === 'GET' || request.method === 'HEAD')) {
    answer(response, options.closed() ? 503 : 200, options.health());
    return;
  }
  const refusal = refusalOf(options, request);
  if (refusal !== undefined) {
    refuse(request, response, refusal);
    return;
  }
  const pieces: Buffer[] = [];
  let length = 0;
  request.on('data', (piece: Buffer) => {
    length += piece.length;
    if (length > options.maxBody) {
      pieces.length = 0;
      if (!response.headersSent) refuse(request, response, tooLarge(options));
    } else pieces.push(piece);
  });
  request.on('end', () => {
    if (response.headersSent) return;
    const { headers } = request;
    const body = plainBody(Buffer.concat(pieces), packedOf(headers['content-encoding']) ?? undefined, options.maxBody);
    const rows = Buffer.isBuffer(body) ? parseBody(body, formOf(headers['content-type'])!) : body;
    const bytes = Buffer.isBuffer(body) ? body.length : 0;
    const no = !Array.isArray(rows) ? rows : options.closed() ? closing() : take(options, rows, bytes, response);
    if (no !== undefined) refuse(request, response, no);
  });
  // The sender is gone before the end: there is nobody to answer and nothing whole to take.
  request.on('error', () => response.destroy());
}

function take(options: ServeOptions, rows: Row[], bytes: number, response: ServerResponse): Refusal | undefined {
  return options.take(rows, bytes, () => answer(response, 202, { accepted: rows.length }));
}

/** What is wrong with a request before its body is read. */
function refusalOf(options: ServeOptions, request: IncomingMessage): Refused | undefined {
  const path = pathOf(request);
  const { method, headers } = request;
  if (path === '/health') return { status: 405, error: 'WEIR_HTTP_METHOD', reason: 'GET /health', allow: 'GET, HEAD' };
  if (path !== options.path) {
    return { status: 404, error: 'WEIR_HTTP_PATH', reason: `there is POST ${options.path} and GET /health` };
  }
  if (method !== 'POST') {
    return { status: 405, error: 'WEIR_HTTP_METHOD', reason: `POST records to ${options.path}`, allow: 'POST' };
  }
  if (options.admits?.(headers.authorization) === false) {
    const reason = 'send one of the tokens, as in: Authorization: Bearer …';
    return { status: 401, error: 'WEIR_HTTP_TOKEN', reason, authenticate: 'Bearer' };
  }
  if (options.closed()) return closing();
  const encoding = headers['content-encoding'];
  const isUnknown = packedOf(encoding) === null;
  if (formOf(headers['content-type']) === undefined || isUnknown) {
    const reason = isUnknown
      ? `send the body as it is, or in gzip, deflate or zstd, not in ${encoding}`
      : 'send application/json or application/x-ndjson, as in: curl --json @file';
    return { status: 415, error: 'WEIR_HTTP_TYPE', reason };
  }
  return Number(headers['content-length'] ?? 0) > options.maxBody ? tooLarge(options) : undefined;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?')[0]!;
}

export function tooLarge({ maxBody }: { maxBody: number }): Refusal {
  return { status: 413, error: 'WEIR_HTTP_TOO_LARGE', reason: `a body may have ${formatBytes(maxBody)} (maxBody)` };
}

function closing(): Refusal {
  return { status: 503, error: 'WEIR_HTTP_CLOSING', reason: 'shutting down: try again later' };
}

/** Answers with what is wrong. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refused): void {
  const { status, allow, authenticate, ...body } = refusal;
  if (status === 429 || status === 503) response.setHeader('retry-after', RETRY_AFTER_S);
  if (allow !== undefined) response.setHeader('allow', allow);
  if (authenticate !== undefined) response.setHeader('www-authenticate', authenticate);
  // What is left of the body is not worth reading: the connection ends with the answer.
  if (!request.complete) response.setHeader('connection', 'close');
  answer(response, status, body);
  if (!request.complete) request.resume();
}

/** Answers with JSON. */
export function answer(response: ServerResponse, status: number, body: object): void {
  const text = `${JSON.stringify(body)}\n`;
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function listenError({ host, port }: { host: string; port: number }, cause: NodeJS.ErrnoException): WeirError {
  const where = `port ${port} of ${host}`;
  const options = { cause, data: { host, port } };
  if (cause.code === 'EADDRINUSE') {
    const advice = 'end the other program, or choose another port (port: 0 takes a free one)';
    return new WeirError('WEIR_ADDRESS_IN_USE', `${where} is in use: ${advice}`, options);
  }
  if (cause.code === 'EACCES') {
    return new WeirError('WEIR_ADDRESS_DENIED', `${where} is not allowed to this user: choose one above 1023`, options);
  }
  return new WeirError('WEIR_ADDRESS', `cannot listen on ${where}: ${cause.message}`, options);
}
