import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that has come. */
export interface Call {
  body: string;
  bytes: Buffer;
  headers: IncomingHttpHeaders;
}

/** What to answer: a status with headers and text, 'hang' for nothing at all, 'reset' for a broken connection. */
export type Reply = { status: number; headers?: Record<string, string>; text?: string | Buffer } | 'hang' | 'reset';

/** A web server on this machine that answers as it is told, and tells what it got. */
export class WebServer {
  readonly calls: Call[] = [];
  /** The answer to each request; may take its time. */
  reply: (call: Call, number: number) => Reply | Promise<Reply> = () => ({ status: 200 });
  readonly #server: Server;
  #watchers: (() => void)[] = [];

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', async () => {
        const bytes = Buffer.concat(chunks);
        const call = { body: bytes.toString(), bytes, headers: request.headers };
        this.calls.push(call);
        for (const watcher of this.#watchers.splice(0)) watcher();
        const reply = await this.reply(call, this.calls.length);
        if (reply === 'reset') response.destroy();
        else if (reply !== 'hang') response.writeHead(reply.status, reply.headers).end(reply.text);
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/in`;
  }

  /** Resolves when so many requests have come. */
  async came(count: number): Promise<void> {
    while (this.calls.length < count) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
