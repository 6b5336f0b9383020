import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { WebSocket, WebSocketServer } from 'ws';
import { listen, urlOf } from '../http-server/serve.ts';
import { readTls, type TlsFiles } from '../sockets/tls.ts';

export interface WsListenOptions {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly maxMessage: number;
  readonly connections: number;
  readonly tls?: TlsFiles | undefined;
  readonly admits?: ((authorization: string | undefined) => boolean) | undefined;
}

/** A server of WebSockets at one path. */
export class WsListener {
  #server: Server | undefined;
  #sockets: WebSocketServer | undefined;

  /** Resolves with its URL when it listens. Throws `WEIR_ADDRESS_IN_USE`, `WEIR_TLS_FILE`. */
  async open(options: WsListenOptions, accept: (socket: WebSocket, from: string) => void): Promise<string> {
    const { tls, path, maxMessage, connections, admits } = options;
    const { WebSocketServer: Made } = await import('ws');
    const server = tls
      ? createSecureServer({ ...(await readTls(tls)), requestCert: tls.ca !== undefined })
      : createServer();
    server.maxConnections = connections;
    server.on('request', (_, response) => response.writeHead(426, { upgrade: 'websocket' }).end());
    const sockets = new Made({
      server,
      path,
      maxPayload: maxMessage,
      verifyClient: ({ req }, done) => {
        if (admits?.(req.headers.authorization) === false)
          done(false, 401, 'Unauthorized', { 'www-authenticate': 'Bearer' });
        else done(true);
      },
    });
    // The server's own errors are told by who listens to it.
    sockets.on('error', () => {});
    sockets.on('connection', (socket, { socket: raw }) => {
      socket.on('error', () => {});
      accept(socket, `${(raw.remoteAddress ?? '').replace(/^::ffff:/, '')}:${raw.remotePort ?? 0}`);
    });
    await listen(server, options);
    this.#server = server;
    this.#sockets = sockets;
    return urlOf(server, path, tls ? 'wss' : 'ws');
  }

  get sockets(): ReadonlySet<WebSocket> {
    return this.#sockets?.clients ?? new Set();
  }

  async close(): Promise<void> {
    const server = this.#server;
    for (const socket of this.sockets) socket.terminate();
    if (server?.listening) {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    }
  }
}
