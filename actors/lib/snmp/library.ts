import { createSocket, type Socket, type SocketType } from 'node:dgram';
import type * as NetSnmp from 'net-snmp';
import { messageOf } from '#stage';

/** The client library. */
export type Library = typeof NetSnmp & { RequestTimedOutError: new (message: string) => Error };
export type { Session } from 'net-snmp';

/** A value and what it is of. */
export interface Varbind {
  readonly oid: string;
  readonly type: number;
  readonly value: unknown;
}

let loaded: Promise<Library> | undefined;

/** Loads it when it is first needed: a topology without SNMP does without. */
export function snmpLibrary(): Promise<Library> {
  loaded ??= import('net-snmp').then((module) => (module as unknown as { default: Library }).default);
  return loaded;
}

/** Told of a datagram that is no message, and why. */
export type OnMalformed = (bytes: Buffer, reason: string) => void;

/**
 * Sockets in which what comes cannot harm: the library throws on some datagrams, outside of anything that would catch it. `made` is told
 * of each socket.
 */
export class GuardedSockets {
  readonly #onMalformed: OnMalformed;
  readonly #made: (socket: Socket) => void;
  readonly #receiveBuffer: number | undefined;
  #current: Buffer | undefined;

  /** `receiveBuffer`: bytes that the system may keep of what has not been read. */
  constructor(
    onMalformed: OnMalformed,
    { made = () => {}, receiveBuffer }: { made?: (socket: Socket) => void; receiveBuffer?: number } = {},
  ) {
    this.#onMalformed = onMalformed;
    this.#made = made;
    this.#receiveBuffer = receiveBuffer;
  }

  /** What the library calls in place of node:dgram. */
  createSocket(type: SocketType): Socket {
    const recvBufferSize = this.#receiveBuffer;
    const socket = createSocket({ type, ...(recvBufferSize === undefined ? {} : { recvBufferSize }) });
    const on = socket.on.bind(socket) as (event: string, task: (...args: never[]) => void) => Socket;
    const guardedOn = (event: string, task: (...args: unknown[]) => void) =>
      on(event, event === 'message' ? (...args: unknown[]) => this.#guard(task, args) : task);
    socket.on = guardedOn as Socket['on'];
    this.#made(socket);
    return socket;
  }

  #guard(task: (...args: unknown[]) => void, args: unknown[]): void {
    this.#current = args.find((arg) => Buffer.isBuffer(arg)) as Buffer;
    try {
      task(...args);
    } catch (error) {
      this.tell(error);
    } finally {
      this.#current = undefined;
    }
  }

  /** The datagram in hand is no message of SNMP. */
  tell(error: unknown): void {
    if (this.#current !== undefined)
      this.#onMalformed(Buffer.from(this.#current), `no message of SNMP: ${messageOf(error)}`);
  }

  /** The datagram that the library is at. */
  get current(): Buffer | undefined {
    return this.#current;
  }
}
