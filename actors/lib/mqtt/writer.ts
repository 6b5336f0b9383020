import type { MqttClient } from 'mqtt';
import {
  type At,
  Bytes,
  type Encoder,
  messageOf,
  type Row,
  type SinkContext,
  type SinkWriter,
  WeirError,
} from '#stage';
import { Progress } from '../delivery/progress.ts';
import { topicProblem } from './options.ts';
import { MqttSession, type SessionOptions } from './session.ts';

export interface MqttWriterOptions extends SessionOptions {
  readonly topicOf: (row: Row, at: At) => unknown;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** The codec ends each record by a line feed, which is no part of a message. */
  readonly lines: boolean;
  readonly inFlight: number;
  readonly buffer: number;
  readonly maxMessage: number;
}

interface Waiting {
  readonly topic: string;
  readonly payload: Buffer;
  readonly row: Row;
  readonly since: { open: number };
}

/** What a message takes besides its payload. */
const OVERHEAD = 200;
/**
 * Messages of QoS 2 under way where the broker cannot say how many it takes. Mosquitto 2.0.11 takes 20 (`max_inflight_messages`), and
 * loses some of those beyond, although it acknowledges them.
 */
const UNSAID = 20;
/** Publishes records; the barrier waits until the broker has acknowledged all of them. */
export class MqttWriter implements SinkWriter {
  readonly #o: MqttWriterOptions;
  readonly #context: SinkContext;
  readonly #encoder: Encoder;
  readonly #one = new Bytes(2048);
  readonly #session: MqttSession;
  readonly #progress = new Progress();
  #queue: Waiting[] = [];
  #next = 0;
  #bytes = 0;
  #inFlight = 0;
  #most: number;
  #largest = Number.POSITIVE_INFINITY;
  #isUp = false;
  #connection = 0;
  /** Published and not acknowledged. */
  readonly #flying = new Set<Waiting>();
  #isClosed = false;
  /** Records since the last barrier that are not acknowledged. */
  #since = { open: 0 };

  constructor(options: MqttWriterOptions, context: SinkContext) {
    this.#o = options;
    this.#context = context;
    this.#most = options.inFlight;
    this.#encoder = context.encoder();
    if (this.#encoder.header !== undefined) {
      const what = 'a message has no header: let the codec write none (csv: header: false)';
      throw new WeirError('WEIR_MESSAGE_HEADER', what);
    }
    this.#session = new MqttSession(options, {
      now: context.now,
      after: context.after,
      log: context.log,
      fail: (error) => this.#fail(error),
      connected: async (client) => this.#up(client),
      lost: (client) => this.#lost(client),
    });
  }

  async open(): Promise<void> {
    await this.#session.open({ patient: this.#context.epoch > 0 });
  }

  #up(client: MqttClient): void {
    const { receiveMaximum, maximumPacketSize } = client.serverProperties ?? {};
    const { version, qos, inFlight } = this.#o;
    const most = version === '5' || qos < 2 ? Number.POSITIVE_INFINITY : UNSAID;
    this.#most = Math.min(inFlight, receiveMaximum ?? most);
    this.#largest = maximumPacketSize ?? Number.POSITIVE_INFINITY;
    this.#isUp = true;
    this.#pump();
  }

  /**
   * What was not acknowledged is published anew, in a session of its own. The library would go on in the old one; but where the broker
   * has forgotten that, it lets go of messages that it had said it has, and the library with it.
   */
  #lost(client: MqttClient): void {
    this.#isUp = false;
    this.#connection++;
    for (const id of Object.keys(client.outgoing)) {
      delete client.outgoing[Number(id)];
      client.outgoingStore.del({ messageId: Number(id) }, () => {});
    }
    this.#queue = [...this.#flying, ...this.#queue.slice(this.#next)];
    this.#next = 0;
    this.#flying.clear();
    this.#inFlight = 0;
  }

  write(row: Row, at: At): void {
    const topic = String(this.#o.topicOf(row, at));
    const problem = topicProblem(topic);
    if (problem !== undefined) throw new WeirError('WEIR_MQTT_TOPIC', problem);
    this.#one.clear();
    this.#encoder.encode(row, this.#one);
    const { length, buffer } = this.#one;
    const end = this.#o.lines && length > 0 && buffer[length - 1] === 10 ? length - 1 : length;
    if (end > this.#o.maxMessage) {
      const what = `the record takes ${end} bytes, a message ${this.#o.maxMessage} at most (maxMessage)`;
      throw new WeirError('WEIR_MQTT_TOO_LARGE', what);
    }
    this.#since.open++;
    this.#bytes += end + OVERHEAD;
    this.#queue.push({ topic, payload: Buffer.from(buffer.subarray(0, end)), row, since: this.#since });
    this.#pump();
  }

  #pump(): void {
    while (this.#isUp && this.#inFlight < this.#most && this.#next < this.#queue.length) {
      const waiting = this.#queue[this.#next] as Waiting;
      this.#queue[this.#next++] = undefined as unknown as Waiting;
      if (this.#next > 1024 && this.#next * 2 > this.#queue.length) {
        this.#queue = this.#queue.slice(this.#next);
        this.#next = 0;
      }
      this.#inFlight++;
      this.#flying.add(waiting);
      this.#publish(waiting);
    }
  }

  #publish(waiting: Waiting): void {
    const { qos, retain } = this.#o;
    const { topic, payload } = waiting;
    // The fixed header, topic, number and properties.
    const size = payload.length + Buffer.byteLength(topic) + 16;
    if (size > this.#largest) {
      // The broker would end the connection, each time.
      this.#refuse(
        waiting,
        'WEIR_MQTT_TOO_LARGE',
        `the broker takes packets of ${this.#largest} bytes, this has ${size}`,
      );
      this.#done(waiting);
      return;
    }
    const connection = this.#connection;
    this.#session.client?.publish(topic, payload, { qos, retain }, (error) => {
      if (connection !== this.#connection) return;
      const { code } = (error ?? {}) as { code?: unknown };
      // Without a reason of the broker's it is the connection, which is about to be told lost.
      if (error && typeof code !== 'number') return;
      if (error) this.#refuse(waiting, 'WEIR_MQTT_REFUSED', `${topic}: ${messageOf(error)}`);
      this.#done(waiting);
    });
  }

  #refuse({ row }: Waiting, code: string, reason: string): void {
    if (!this.#isClosed) this.#context.deadLetter(row, code, reason);
  }

  #done(waiting: Waiting): void {
    const { payload, since } = waiting;
    this.#flying.delete(waiting);
    this.#inFlight--;
    this.#bytes -= payload.length + OVERHEAD;
    since.open--;
    this.#pump();
    this.#progress.tell();
  }

  #fail(error: WeirError): void {
    if (this.#progress.hasFailed || this.#isClosed) return;
    this.#progress.fail(error);
    this.#progress.tell();
    this.#context.fail(error);
  }

  #hasRoom(): boolean {
    return this.#bytes < this.#o.buffer;
  }

  busy(): Promise<void> | undefined {
    return this.#hasRoom() ? undefined : this.#progress.until(() => this.#bytes * 2 < this.#o.buffer);
  }

  async prepare(): Promise<undefined> {
    const before = this.#since;
    this.#since = { open: 0 };
    await this.#progress.until(() => before.open === 0);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#isUp = false;
    this.#progress.fail(new WeirError('WEIR_MQTT_CLOSED', `${this.#session.where}: closed`));
    this.#progress.tell();
    await this.#session.close();
  }
}
