import type { IPublishPacket, MqttClient } from 'mqtt';
import {
  type AssignedSplit,
  type Decoder,
  hashText,
  type Row,
  type SourceContext,
  type SourceOutput,
  type SourceReader,
  WeirError,
} from '#stage';
import { Inbox, type Message } from '../sockets/inbox.ts';
import { Acks } from './acks.ts';
import { fault } from './faults.ts';
import { MqttSession, type SessionOptions } from './session.ts';

/** What can be told of a message beside its payload. */
export const PARTS = ['topic', 'retained', 'qos', 'duplicate', 'properties', 'contentType'] as const;
export type Part = (typeof PARTS)[number];

export interface MqttReaderOptions extends SessionOptions {
  readonly topics: readonly string[];
  readonly qos: 0 | 1 | 2;
  readonly ackCheckpoint: boolean;
  readonly add: Readonly<Record<string, Part>>;
  readonly queueBytes: number;
  readonly maxMessage: number;
}

interface Arrived extends Message {
  readonly packet: IPublishPacket;
  readonly print: number;
}

interface Position {
  readonly given: number;
  /** What the session of the broker is subscribed to. */
  readonly topics: readonly string[];
}

/** What of the library is not in its types: where acknowledgements go out, and what it does when no answer to a ping is read. */
interface Inner {
  _sendPacket(packet: { cmd: string; messageId?: number }, done?: () => void, ...rest: unknown[]): void;
  onKeepaliveTimeout(): void;
  _receiveMaximum: number;
}

/** Messages and bytes given out at a poll. */
const BATCH = 500;
const BATCH_BYTES = 256 * 1024;

/** Gives out what a broker sends. The library would acknowledge each message as it comes; here that waits for the checkpoint. */
export class MqttReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #o: MqttReaderOptions;
  readonly #inbox: Inbox;
  readonly #session: MqttSession;
  readonly #acks = new Acks();
  /** What came when the end had begun: left to the next life, to whom the broker sends it again. */
  readonly #left = new Set<number>();
  #split: string | undefined;
  #given = 0;
  #subscribed: readonly string[] = [];
  #isClosing = false;
  #connection = 0;
  /** A message has come since the broker was last asked whether it is there. */
  #isHeard = false;
  #decoder: Decoder | undefined;
  #out: SourceOutput | undefined;
  #packet: IPublishPacket | undefined;
  #time = 0;

  constructor(context: SourceContext, options: MqttReaderOptions) {
    this.#context = context;
    this.#o = options;
    this.#inbox = new Inbox(options.queueBytes, context.wake);
    this.#session = new MqttSession(options, {
      now: context.now,
      after: context.after,
      log: context.log,
      fail: context.fail,
      connected: (client, isResumed) => this.#connected(client, isResumed),
      received: (packet) => this.#take(packet),
      released: (id) => this.#acks.released(id),
      lost: () => this.#lost(),
    });
  }

  async open([split]: readonly AssignedSplit[]): Promise<void> {
    if (split === undefined) return;
    this.#split = split.id;
    const position = split.position as Position | undefined;
    this.#given = position?.given ?? 0;
    this.#subscribed = position?.topics ?? [];
    await this.#session.open({ patient: position !== undefined || this.#context.restarted });
  }

  async #connected(client: MqttClient, isResumed: boolean): Promise<void> {
    if (!isResumed) this.#acks.clear();
    const { topics, qos } = this.#o;
    const wanted = topics.map((topic) => `${qos} ${topic}`);
    // A session that goes on is subscribed already; to subscribe again would bring all retained messages again.
    if (isResumed && wanted.length === this.#subscribed.length && wanted.every((one, i) => one === this.#subscribed[i]))
      return;
    const gone = isResumed ? this.#subscribed.filter((one) => !topics.includes(one.slice(2))) : [];
    if (gone.length > 0) await client.unsubscribeAsync(gone.map((one) => one.slice(2)));
    await this.#subscribe(client);
    this.#subscribed = wanted;
  }

  async #subscribe(client: MqttClient): Promise<void> {
    const { topics, qos, version } = this.#o;
    // What the retain flag says of a message is as its publisher meant it.
    const how = version === '5' ? { qos, rap: true } : { qos };
    try {
      await client.subscribeAsync([...topics], how);
    } catch (error) {
      const { code, packet } = error as { code?: number; packet?: { granted?: number[] } };
      const refused = packet?.granted?.findIndex((one) => one >= 128) ?? -1;
      if (code === undefined && refused < 0) throw error;
      const name = topics[Math.max(0, refused)];
      throw fault(
        'WEIR_MQTT_DENIED',
        `${this.#session.where} refuses to give ${name}: ask its operators for the right`,
        error,
      );
    }
  }

  /** Called before the library handles the message, for what it would do next is to acknowledge it. */
  #take(packet: IPublishPacket): void {
    const client = this.#session.client as MqttClient;
    if (!Object.hasOwn(client, '_sendPacket')) this.#holdAcks(client);
    this.#isHeard = true;
    const { qos, messageId = 0, dup } = packet;
    if (this.#isClosing) {
      if (qos > 0) this.#left.add(messageId);
      return;
    }
    const bytes = packet.payload as Buffer;
    const print = qos > 0 && this.#o.ackCheckpoint ? printOf(packet.topic, bytes) : 0;
    if (qos > 0 && this.#o.ackCheckpoint && !this.#acks.take(messageId, dup, print, qos === 2)) return;
    const most = this.#o.maxMessage;
    const refused = bytes.length > most ? `a message of ${bytes.length} bytes (maxMessage: ${most})` : undefined;
    const arrived: Arrived = {
      bytes,
      time: this.#context.now(),
      packet,
      print,
      ...(refused === undefined ? {} : { refused }),
    };
    this.#inbox.put(arrived);
  }

  /** Acknowledgements wait; and no further message is read while the inbox is full. */
  #holdAcks(client: MqttClient): void {
    const inner = client as unknown as Inner;
    const send = inner._sendPacket.bind(client);
    const timeout = inner.onKeepaliveTimeout.bind(client);
    inner._sendPacket = (packet, done, ...rest) => {
      const { cmd, messageId } = packet;
      if (cmd !== 'puback' && cmd !== 'pubrec') {
        send(packet, done, ...rest);
        return;
      }
      const connection = this.#connection;
      const answer = () => {
        if (connection === this.#connection && client.connected) send(packet);
      };
      if (!this.#left.has(messageId as number)) {
        if (this.#o.ackCheckpoint) this.#acks.ready(messageId as number, answer);
        else answer();
      }
      this.#whenRoom(() => done?.());
    };
    // It counts messages of QoS 2 that the broker may have forgotten, and would end the connection for too many.
    inner._receiveMaximum = 65_535;
    client.handleMessage = (_, done) => this.#whenRoom(() => done());
    // Its answers stand behind what is not read: that they do not come does not mean that the broker is gone.
    inner.onKeepaliveTimeout = () => {
      if (!this.#inbox.isAwaited && !this.#isHeard) timeout();
      else {
        this.#isHeard = false;
        client.reschedulePing(true);
        client.sendPing();
      }
    };
  }

  #whenRoom(task: () => void): void {
    if (this.#inbox.isFull && !this.#isClosing) this.#inbox.whenRoom(task);
    else task();
  }

  #lost(): void {
    this.#connection++;
    this.#acks.lost();
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#split === undefined) return 'end';
    let bytes = 0;
    for (let i = 0; i < BATCH && bytes < BATCH_BYTES; i++) {
      const message = this.#inbox.take() as Arrived | undefined;
      if (message === undefined) break;
      const order = this.#given;
      bytes += message.bytes.length;
      // Counted first: what the stream fails on is not given twice in this life.
      this.#given += message.bytes.length + 1;
      const { qos, messageId } = message.packet;
      if (qos > 0 && messageId !== undefined) this.#acks.given(messageId, message.print, this.#given);
      if (message.refused === undefined) this.#give(message, order, out, this.#split);
      else out.malformed(this.#split, message.bytes, message.refused, order);
    }
    if (this.#inbox.size > 0) return 'more';
    if (!this.#isClosing) return 'wait';
    out.endSplit(this.#split);
    return 'end';
  }

  #give({ bytes, packet, time }: Arrived, order: number, out: SourceOutput, split: string): void {
    this.#out = out;
    this.#packet = packet;
    this.#time = time;
    this.#decoder ??= this.#decoderOf(split);
    let at = 0;
    while (at < bytes.length) {
      const next = this.#decoder.decode(bytes, at, bytes.length, order + at, true);
      if (next <= at) break;
      at = next;
    }
  }

  #decoderOf(split: string): Decoder {
    const emit = (row: Row, time: number, order: number) => {
      this.#add(row);
      this.#out?.emit(split, row, order, time);
    };
    const decoder = this.#context.rowDecoder({
      accept: (row, order) => emit(row, this.#time, order),
      emit: (row, time, order) => emit(row, Number.isNaN(time) ? this.#time : time, order),
      skipped: () => {},
      malformed: (input, reason, order) => this.#out?.malformed(split, input, reason, order),
    });
    if (decoder.header === undefined) return decoder;
    const what = 'a message has no header: give the codec the columns instead (csv: header: false, columns)';
    throw new WeirError('WEIR_MESSAGE_HEADER', what);
  }

  #add(row: Row): void {
    for (const [name, part] of Object.entries(this.#o.add)) row[name] = partOf(part, this.#packet as IPublishPacket);
  }

  positions(): Record<string, Position> {
    return this.#split === undefined ? {} : { [this.#split]: { given: this.#given, topics: this.#subscribed } };
  }

  committed(positions: Record<string, unknown>): void {
    const position = positions[this.#split as string] as Position | undefined;
    if (position !== undefined) this.#acks.committed(position.given);
  }

  drain(): void {
    this.#isClosing = true;
    this.#context.wake();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#session.close();
  }
}

/** Tells messages apart that bear one number after the other. */
function printOf(topic: string, payload: Buffer): number {
  return hashText(`${topic}\0${payload.toString('latin1')}`);
}

function partOf(part: Part, { topic, retain, qos, dup, properties }: IPublishPacket): unknown {
  switch (part) {
    case 'topic':
      return topic;
    case 'retained':
      return retain;
    case 'qos':
      return qos;
    case 'duplicate':
      return dup;
    case 'properties':
      return { ...properties?.userProperties };
    default:
      return properties?.contentType ?? null;
  }
}
