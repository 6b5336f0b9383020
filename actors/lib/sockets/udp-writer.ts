import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { Bytes, type Encoder, type Row, type SinkContext, type SinkWriter, WeirError } from '#stage';

export interface UdpWriterOptions {
  readonly host: string;
  readonly port: number;
  readonly maxMessage: number;
}

/** Datagrams that may be on their way to the system. */
const IN_FLIGHT = 256;

/** Sends each record as a datagram. */
export class UdpWriter implements SinkWriter {
  readonly #o: UdpWriterOptions;
  readonly #context: SinkContext;
  readonly #encoder: Encoder;
  readonly #bytes = new Bytes(2048);
  #socket: Socket | undefined;
  #inFlight = 0;
  #refused = 0;
  #watchers: (() => void)[] = [];

  constructor(options: UdpWriterOptions, context: SinkContext) {
    this.#o = options;
    this.#context = context;
    this.#encoder = context.encoder();
    if (this.#encoder.header !== undefined) {
      const what = 'a datagram has no header: let the codec write none (csv: header: false)';
      throw new WeirError('WEIR_MESSAGE_HEADER', what);
    }
  }

  async open(): Promise<void> {
    const { host, port } = this.#o;
    const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.connect(port, host, (error?: Error) => {
        if (error === undefined) resolve();
        else
          reject(
            new WeirError('WEIR_ADDRESS', `udp ${host}:${port}: ${error.message}: see that host and port are right`),
          );
      });
    });
    // That nobody listens is told by the datagram before; those to come may be taken.
    socket.on('error', () => {});
  }

  write(row: Row): void {
    const bytes = this.#bytes;
    bytes.clear();
    this.#encoder.encode(row, bytes);
    if (bytes.length > this.#o.maxMessage) {
      const what = `the record takes ${bytes.length} bytes, a datagram ${this.#o.maxMessage} at most (maxMessage)`;
      throw new WeirError('WEIR_DATAGRAM', what);
    }
    this.#inFlight++;
    this.#socket?.send(Buffer.from(bytes.view()), (error) => {
      this.#inFlight--;
      if (error !== null) this.#tellRefused(error);
      for (const watcher of this.#watchers.splice(0)) watcher();
    });
  }

  /** The first one, and then each that doubles their number. */
  #tellRefused(error: Error): void {
    this.#refused++;
    if ((this.#refused & (this.#refused - 1)) !== 0) return;
    const { host, port } = this.#o;
    this.#context.log('warn', `udp ${host}:${port}: ${this.#refused} datagrams were not sent: ${error.message}`);
  }

  async #until(most: number): Promise<void> {
    while (this.#inFlight > most) await new Promise<void>((resolve) => this.#watchers.push(resolve));
  }

  busy(): Promise<void> | undefined {
    return this.#inFlight < IN_FLIGHT ? undefined : this.#until(IN_FLIGHT / 2);
  }

  async prepare(): Promise<undefined> {
    await this.#until(0);
  }

  async close(): Promise<void> {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }
}
