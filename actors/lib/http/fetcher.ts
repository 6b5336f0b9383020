import { type IncomingMessage, request as plainRequest } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import { Readable } from 'node:stream';
import { createBrotliDecompress, createUnzip } from 'node:zlib';
import { readTls, type TlsFiles } from '../sockets/tls.ts';

/** How a stage asks a web server: as `fetch` does. */
export interface Fetcher {
  ask(url: string, init: RequestInit): Promise<Response>;
  close(): void;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const MOST_REDIRECTS = 20;
/** Statuses whose answers have no body. */
const EMPTY = new Set([204, 205, 304]);
/** What is for one server alone. */
const SECRET = ['authorization', 'cookie', 'proxy-authorization'];

const plain: Fetcher = { ask: (url, init) => fetch(url, init), close: () => {} };

/**
 * Asks by `fetch`, or, where certificates are given, by `node:https`: `fetch` takes none. Redirects of a GET are followed, gzip,
 * deflate and Brotli decoded, either way. Throws `WEIR_TLS_FILE`.
 */
export async function fetcherOf(tls: TlsFiles | undefined): Promise<Fetcher> {
  if (tls === undefined) return plain;
  const name = tls.serverName === undefined ? {} : { servername: tls.serverName };
  const agent = new Agent({ keepAlive: true, ...(await readTls(tls)), ...name });
  return { ask: (url, init) => follow(url, init, agent), close: () => agent.destroy() };
}

async function follow(url: string, init: RequestInit, agent: Agent): Promise<Response> {
  const headers = new Headers({ 'accept-encoding': 'gzip, deflate, br', ...(init.headers as Record<string, string>) });
  let at = new URL(url);
  for (let redirects = 0; ; redirects++) {
    const answer = await once(at, init, headers, agent);
    const { statusCode = 0 } = answer;
    const to = answer.headers.location;
    const isFollowed = REDIRECTS.has(statusCode) && to !== undefined && init.redirect !== 'manual';
    if (!isFollowed) return responseOf(answer, statusCode);
    answer.resume();
    if (redirects >= MOST_REDIRECTS) throw new Error('too many redirects');
    if (!URL.canParse(to, at.href)) throw new Error('it redirects to what is no URL');
    const next = new URL(to, at);
    if (next.origin !== at.origin) for (const one of SECRET) headers.delete(one);
    at = next;
  }
}

function once(url: URL, init: RequestInit, headers: Headers, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const { method = 'GET', body, signal } = init;
    const how = { method, headers: Object.fromEntries(headers), ...(signal ? { signal } : {}) };
    const request = url.protocol === 'https:' ? secureRequest(url, { ...how, agent }) : plainRequest(url, how);
    request.on('response', resolve);
    request.on('error', reject);
    request.end(body ?? undefined);
  });
}

function responseOf(answer: IncomingMessage, status: number): Response {
  const headers = new Headers();
  for (let i = 0; i < answer.rawHeaders.length; i += 2) {
    headers.append(answer.rawHeaders[i] as string, answer.rawHeaders[i + 1] as string);
  }
  const init = { status, statusText: answer.statusMessage ?? '', headers };
  if (EMPTY.has(status)) {
    answer.resume();
    return new Response(null, init);
  }
  const decoded = decodedOf(answer, headers.get('content-encoding'));
  return new Response(Readable.toWeb(decoded) as ReadableStream, init);
}

function decodedOf(answer: IncomingMessage, encoding: string | null): Readable {
  const name = encoding?.trim().toLowerCase();
  const made =
    name === 'br' ? createBrotliDecompress() : name === 'gzip' || name === 'deflate' ? createUnzip() : undefined;
  if (made === undefined) return answer;
  answer.on('error', (error) => made.destroy(error));
  made.on('close', () => answer.destroy());
  return answer.pipe(made);
}
