import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { CA, SERVER } from '../../support/tls.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestServer {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

/** A web server of TLS that wants a certificate to be shown, or a plain one. */
export async function webServer(handler: Handler, { tls = true } = {}): Promise<TestServer> {
  const files = { cert: readFileSync(SERVER.cert), key: readFileSync(SERVER.key), ca: readFileSync(CA) };
  const how = { ...files, requestCert: true, rejectUnauthorized: true };
  const server = tls ? createSecureServer(how, handler) : createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/x`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
