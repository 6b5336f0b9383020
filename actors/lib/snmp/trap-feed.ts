import type { Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { messageOf, type SourceContext, WeirError } from '#stage';
import { closeSocket } from '../sockets/close-socket.ts';
import { kernelDrops } from '../sockets/kernel-drops.ts';
import { GuardedSockets, type Library, snmpLibrary } from './library.ts';
import type { Names } from './names.ts';
import type { RowFeed, RowQueue } from './row-reader.ts';
import { type UserOptions, userOf } from './security.ts';
import { type TrapPdu, trapRow } from './trap-row.ts';

export interface TrapOptions {
  readonly host: string;
  readonly port: number;
  readonly communities: readonly string[];
  readonly users: readonly UserOptions[];
  readonly engineId: string | undefined;
  readonly receiveBuffer: number;
  /** Acknowledge informs only when a checkpoint holds them. */
  readonly ackCheckpoint: boolean;
  readonly names: Names;
}

interface From {
  readonly address: string;
  readonly port: number;
}

/** What of the library's receiver is used that its types leave out. */
interface Inner {
  listener: { send(message: OutMessage, to: From, socket: Socket): void };
}

interface OutMessage {
  readonly pdu?: { readonly type?: number } | null;
  toBuffer(): Buffer;
}

/** How often is looked what was lost. */
const LOOK_MS = 1000;

/**
 * Notifications as they come. The library would acknowledge an inform before anybody has it; here that waits until there is room for
 * it, or until a checkpoint holds it. A sender repeats what is not acknowledged; nobody repeats a trap, so those that find the queue
 * full are lost and counted.
 */
export class TrapFeed implements RowFeed {
  readonly #context: SourceContext;
  readonly #o: TrapOptions;
  #library: Library | undefined;
  #queue: RowQueue | undefined;
  #socket: Socket | undefined;
  #sockets: GuardedSockets | undefined;
  /** Sends the answer to the inform in hand. */
  #answer: (() => void) | undefined;
  /** Informs taken and not acknowledged yet, and how to: senders repeat them meanwhile. */
  readonly #owed = new Map<string, () => void>();
  #kernel = 0;
  #overflow = 0;
  #lost = 0;
  #isClosed = false;
  #cancel: (() => void) | undefined;

  constructor(context: SourceContext, options: TrapOptions) {
    this.#context = context;
    this.#o = options;
  }

  async open(queue: RowQueue): Promise<void> {
    const { host, port, users, communities, engineId, receiveBuffer } = this.#o;
    const library = await snmpLibrary();
    this.#library = library;
    this.#queue = queue;
    let bound: (() => void) | undefined;
    const sockets = new GuardedSockets((input, reason) => this.#refuse(input, reason), {
      receiveBuffer,
      made: (socket) => {
        this.#socket = socket;
        const bind = socket.bind.bind(socket) as (port: number, host: string) => Socket;
        // The library knows no free port, and binds before anybody can listen for errors.
        bound = () => void bind(port, host);
        socket.bind = (() => socket) as Socket['bind'];
      },
    });
    this.#sockets = sockets;
    const options = {
      port,
      address: host,
      transport: isIPv6(host) ? 'udp6' : 'udp4',
      engineID: engineId ?? `800000b204${Buffer.from(`weir-${port}`).toString('hex')}`,
      includeAuthentication: true,
      dgramModule: sockets,
    };
    const receiver = library.createReceiver(options as never, (error: unknown, data: unknown) =>
      this.#take(error, data),
    );
    this.#holdAnswers(receiver as unknown as Inner);
    for (const community of communities) receiver.getAuthorizer().addCommunity(community);
    for (const user of users) receiver.getAuthorizer().addUser(userOf(library, user));
    await this.#listen(this.#socket as Socket, bound as () => void);
    this.#watch();
  }

  async #listen(socket: Socket, bind: () => void): Promise<void> {
    const { host, port } = this.#o;
    await new Promise<void>((resolve, reject) => {
      socket.removeAllListeners('error');
      socket.once('error', (error: NodeJS.ErrnoException) => {
        const isTaken = error.code === 'EADDRINUSE';
        const advice = isTaken ? 'end the other program, or choose another port' : 'see that host and port are right';
        const what = `snmp traps at udp ${host}:${port}: ${error.message}: ${advice}`;
        reject(new WeirError(isTaken ? 'WEIR_ADDRESS_IN_USE' : 'WEIR_ADDRESS', what, { cause: error }));
      });
      socket.once('listening', resolve);
      bind();
    });
    socket.removeAllListeners('error');
    socket.on('error', (error) => this.#context.fail(error));
    const { address, port: own } = socket.address();
    this.#context.log('info', `taking SNMP notifications at udp ${address}:${own}`);
  }

  #holdAnswers({ listener }: Inner): void {
    const send = listener.send.bind(listener);
    listener.send = (message, to, socket) => {
      if (message.pdu?.type !== this.#library?.PduType.GetResponse) {
        send(message, to, socket);
        return;
      }
      // Made at once: the library goes on to use the message as the inform that it was.
      const bytes = message.toBuffer();
      this.#answer = () => {
        if (!this.#isClosed) socket.send(bytes, to.port, to.address, () => {});
      };
    };
  }

  #take(error: unknown, data: unknown): void {
    const answer = this.#answer;
    this.#answer = undefined;
    if (this.#isClosed) return;
    const bytes = this.#sockets?.current;
    if (error) {
      this.#refuseError(error as Error, bytes);
      return;
    }
    const { pdu, rinfo } = data as { pdu: TrapPdu; rinfo: From };
    const from = `${rinfo.address.includes(':') ? `[${rinfo.address}]` : rinfo.address}:${rinfo.port}`;
    // The library lets in whoever names no user at all.
    if (pdu.user === '') {
      this.#refuse('', `${from}: a message of version 3 without a user`);
      return;
    }
    const key = `${from} ${pdu.id}`;
    if (answer !== undefined && this.#owed.has(key)) {
      this.#owed.set(key, answer);
      return;
    }
    const queue = this.#queue as RowQueue;
    if (queue.isFull) {
      if (answer === undefined) this.#overflow++;
      return;
    }
    const row = trapRow(this.#library as Library, this.#o.names, pdu, from);
    const time = this.#context.now();
    if (typeof row === 'string') {
      queue.put({ time, refused: { input: bytes ?? '', reason: `${from}: ${row}` } });
      answer?.();
    } else if (answer === undefined || !this.#o.ackCheckpoint) {
      queue.put({ time, row });
      answer?.();
    } else {
      this.#owed.set(key, answer);
      queue.put({ time, row, durable: () => this.#acknowledge(key) });
    }
  }

  #acknowledge(key: string): void {
    const answer = this.#owed.get(key);
    this.#owed.delete(key);
    answer?.();
  }

  #refuseError(error: Error, bytes: Buffer | undefined): void {
    const words = error.message;
    // What such a message holds may be a password that was mistyped: neither it nor its bytes are kept.
    if (/community/i.test(words)) this.#refuse('', 'its community is not one of `communities`');
    else if (/user|digest|decrypt/i.test(words)) {
      this.#refuse('', 'its user is not one of `users`, or its passwords, algorithms or protection are others');
    } else {
      const { error: inner } = error as { error?: unknown };
      this.#refuse(bytes ?? '', `no notification of SNMP: ${messageOf(inner ?? error)}`);
    }
  }

  #refuse(input: Uint8Array | string, reason: string): void {
    const queue = this.#queue as RowQueue;
    if (queue.isFull) this.#overflow++;
    else queue.put({ time: this.#context.now(), refused: { input, reason } });
  }

  #watch(): void {
    if (this.#isClosed) return;
    this.#cancel = this.#context.after(LOOK_MS, async () => {
      await this.#count();
      this.#watch();
    });
  }

  async #count(): Promise<void> {
    const all = (await kernelDrops(this.#socket?.address().port ?? 0)) ?? this.#kernel;
    const kernel = Math.max(0, all - this.#kernel);
    const overflow = this.#overflow;
    this.#kernel = all;
    this.#overflow = 0;
    if (kernel + overflow === 0 || this.#isClosed) return;
    this.#lost += kernel + overflow;
    const reason = `${kernel + overflow} datagrams were lost: ${kernel} that the system dropped, ${overflow} that found the queue full; more room is in queue and receiveBuffer`;
    this.#context.log('warn', `${reason}; ${this.#lost} since the start`);
    this.#queue?.put({ time: this.#context.now(), refused: { input: '', reason } });
  }

  stop(): void {
    this.#socket?.removeAllListeners('message');
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancel?.();
    await closeSocket(this.#socket);
  }
}
