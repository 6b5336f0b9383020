import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { jsonOf, type Row, type SinkContext, type SinkWriter, WeirError } from '#stage';
import { listen, urlOf } from '../http-server/serve.ts';
import { readTls, type TlsFiles } from '../sockets/tls.ts';

export interface SseWriterOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** Events that are kept for those who were away. */
  readonly keep: number;
  readonly event: string | undefined;
  /** Bytes that may wait for one listener. */
  readonly maxBehind: number;
  readonly connections: number;
  readonly tls?: TlsFiles | undefined;
  readonly admits?: ((authorization: string | undefined) => boolean) | undefined;
}

const HEARTBEAT_MS = 15_000;

/** Sends each record to all who listen, and to those who come back what they have missed. */
export class SseWriter implements SinkWriter {
  readonly #o: SseWriterOptions;
  readonly #context: SinkContext;
  readonly #listeners = new Set<ServerResponse>();
  /** Ids of another life are told from these: they begin with something else. */
  readonly #life = randomBytes(4).toString('hex');
  readonly #kept: string[] = [];
  /** The number of the next event. */
  #next = 0;
  #server: Server | undefined;
  #cancel: (() => void) | undefined;

  constructor(options: SseWriterOptions, context: SinkContext) {
    this.#o = options;
    this.#context = context;
  }

  async open(): Promise<void> {
    const { tls, path, connections } = this.#o;
    const server: Server = tls
      ? createSecureServer({ ...(await readTls(tls)), requestCert: tls.ca !== undefined })
      : createServer();
    server.maxConnections = connections;
    server.on('request', (request, response) => this.#serve(request, response));
    await listen(server, this.#o);
    this.#server = server;
    server.on('error', (error) => this.#context.fail(error));
    this.#context.log('info', `giving events at ${urlOf(server, path, tls ? 'https' : 'http')}`);
    this.#beat();
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const url = (request.url ?? '/').split('?')[0];
    const end = (status: number, headers = {}) => response.writeHead(status, headers).end();
    if (url !== this.#o.path) return void end(404);
    if (request.method !== 'GET') return void end(405, { allow: 'GET' });
    if (this.#o.admits?.(request.headers.authorization) === false)
      return void end(401, { 'www-authenticate': 'Bearer' });
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.flushHeaders();
    response.on('error', () => {});
    response.on('close', () => this.#listeners.delete(response));
    this.#listeners.add(response);
    const missed = this.#behind(String(request.headers['last-event-id'] ?? ''));
    if (missed.length > 0) response.write(missed.join(''));
  }

  /** What came behind an event; of an id that is not known, all that is kept; without one, nothing. */
  #behind(id: string): readonly string[] {
    if (id === '') return [];
    const [life, number] = id.split('-');
    const oldest = this.#next - this.#kept.length;
    const from = life === this.#life && /^\d+$/.test(number ?? '') ? Number(number) + 1 : oldest;
    return this.#kept.slice(Math.max(0, from - oldest));
  }

  write(row: Row): void {
    const json = jsonOf(row);
    if (json === undefined) throw new WeirError('WEIR_ENCODE', 'the record has no JSON');
    const { event, keep, maxBehind } = this.#o;
    const type = event === undefined ? '' : `event: ${event}\n`;
    const text = `${type}id: ${this.#life}-${this.#next++}\ndata: ${json}\n\n`;
    this.#kept.push(text);
    if (this.#kept.length > 2 * keep) this.#kept.splice(0, this.#kept.length - keep);
    for (const listener of this.#listeners) {
      listener.write(text);
      // It may come back and ask for what it missed.
      if (listener.writableLength > maxBehind) listener.destroy();
    }
  }

  /** A comment now and then, by which both sides learn that the other is gone. */
  #beat(): void {
    this.#cancel = this.#context.after(HEARTBEAT_MS, () => {
      for (const listener of this.#listeners) listener.write(':\n\n');
      this.#beat();
    });
  }

  async close(): Promise<void> {
    this.#cancel?.();
    const server = this.#server;
    for (const listener of this.#listeners) listener.end();
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      setImmediate(() => server.closeAllConnections());
    });
  }
}
