import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { messageOf } from '#stage';
import { listen } from '../http-server/serve.ts';
import { readTls, type TlsFiles } from './tls.ts';

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly connections: number;
  readonly tls?: TlsFiles | undefined;
  log(level: 'info' | 'warn', text: string): void;
}

/** How long the TLS handshake may take. */
const HANDSHAKE_MS = 10_000;

/** A TCP server that listens, with TLS where told, and the connections that it has. */
export class TcpListener {
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;

  /** Resolves when it listens. Throws `WEIR_ADDRESS_IN_USE` and the like, and `WEIR_TLS_FILE`. */
  async open(options: ListenOptions, accept: (socket: Socket) => void): Promise<void> {
    const { tls, log } = options;
    const taken = (socket: Socket) => {
      socket.setKeepAlive(true, 60_000);
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
      accept(socket);
    };
    const secure = tls && {
      ...(await readTls(tls)),
      requestCert: tls.ca !== undefined,
      handshakeTimeout: HANDSHAKE_MS,
    };
    const server = secure ? createTlsServer(secure, taken) : createServer(taken);
    server.on('tlsClientError', (error: Error, socket: Socket) => {
      log('warn', `no TLS with ${socket.remoteAddress ?? 'somebody who left'}: ${messageOf(error)}`);
      socket.destroy();
    });
    server.maxConnections = options.connections;
    server.on('drop', () => log('warn', `a connection was refused: there are ${options.connections} (connections)`));
    this.#server = server;
    await listen(server, options);
  }

  get sockets(): ReadonlySet<Socket> {
    return this.#sockets;
  }

  /** `host:port` where it listens. */
  get address(): string {
    const { address, port, family } = (this.#server as Server).address() as AddressInfo;
    return `${family === 'IPv6' ? `[${address}]` : address}:${port}`;
  }

  onError(task: (error: Error) => void): void {
    this.#server?.on('error', task);
  }

  /** Takes no more connections, and reads none of those that there are. */
  stop(): void {
    this.#server?.close();
    for (const socket of this.#sockets) socket.pause();
  }

  async close(): Promise<void> {
    const server = this.#server;
    for (const socket of this.#sockets) socket.destroy();
    if (server?.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}
