import { assert } from '../base/errors.ts';
import { Batch } from '../flow/batch.ts';
import { type FrameCodec, frameCodec } from '../flow/frame.ts';
import type { Plan, PlanEdge } from '../topology/plan.ts';

/** What RemoteSender lets be under way, and how much one step of a chain may send beyond it. */
const CREDIT_BYTES = 1 << 19;
const STEP_FRAMES = 8;

/** What has been seen on one channel between two threads. */
interface Channel {
  codec: FrameCodec;
  /** The node that sends records. */
  from: number;
  /** Sizes of the frames whose room has not been given back, oldest first. */
  open: number[];
  openBytes: number;
  longest: number;
  watermark: number;
  epoch: number;
  ended: boolean;
  /** Records come right from a source: of each key and lane, the last order. */
  fromSource: boolean;
  orders: Map<string, number>;
}

/**
 * Sees every frame between the threads of one start of hosts, and holds each channel to its promises: credit is given
 * back for each frame, in full and once; the bytes under way are bounded; watermarks and barriers grow; nothing but
 * barriers comes behind the end; records of a key keep the order of their lane.
 */
export class FrameWatch {
  readonly #plan: Plan;
  readonly #lanes: number;
  readonly #channels = new Map<number, Channel>();
  readonly #codecs: FrameCodec[];

  constructor(plan: Plan, lanes: number) {
    this.#plan = plan;
    this.#lanes = lanes;
    this.#codecs = plan.edges.map(({ fields }) => frameCodec(fields));
  }

  see(from: number, channel: number, frame: Uint8Array): void {
    const seen = this.#channel(channel, from);
    const decoded = seen.codec.decode(frame);
    if ('credit' in decoded) {
      const size = seen.open.shift();
      assert(from !== seen.from && size === decoded.credit, `channel ${channel}: credit for ${size} bytes is that`);
      seen.openBytes -= decoded.credit;
      return;
    }
    const { message } = decoded;
    const where = `channel ${channel}:`;
    assert(from === seen.from, `${where} messages come from one end`);
    seen.open.push(frame.length);
    seen.openBytes += frame.length;
    seen.longest = Math.max(seen.longest, frame.length);
    assert(seen.openBytes <= CREDIT_BYTES + STEP_FRAMES * seen.longest, `${where} no more is under way than credit`);
    if (message instanceof Batch) {
      assert(!seen.ended, `${where} no record comes behind the end`);
      if (seen.fromSource) this.#inOrder(seen, message, where);
    } else if (message.kind === 'watermark') {
      assert(!seen.ended && message.time >= seen.watermark, `${where} watermarks grow`);
      seen.watermark = message.time;
    } else if (message.kind === 'barrier') {
      assert(message.epoch > seen.epoch, `${where} epochs grow`);
      seen.epoch = message.epoch;
    } else if (message.kind === 'end') {
      assert(!seen.ended, `${where} the end comes once`);
      seen.ended = true;
    }
  }

  /** Everything has been passed on and taken: all credit is back, but for messages that a dying run left. */
  atEnd(): void {
    for (const [channel, { ended }] of this.#channels) assert(ended, `channel ${channel}: the end came`);
  }

  #inOrder(seen: Channel, batch: Batch, where: string): void {
    for (let i = 0; i < batch.times.length; i++) {
      const order = batch.orders[i] as number;
      const id = `${JSON.stringify(batch.keys[i] ?? null)} ${order % this.#lanes}`;
      assert(order > (seen.orders.get(id) ?? -1), `${where} records of a key and lane keep their order`);
      seen.orders.set(id, order);
    }
  }

  #channel(number: number, from: number): Channel {
    let channel = this.#channels.get(number);
    if (channel === undefined) {
      const { nodes, chains, edges } = this.#plan;
      const edge = [...edges].reverse().find(({ firstChannel }) => firstChannel <= number) as PlanEdge;
      const before = nodes[edge.from];
      const first = nodes[chains[before?.chain ?? 0]?.nodes[0] ?? 0];
      // A first half of a window passes on what it has folded.
      const fromSource = first?.kind === 'source' && before?.half === undefined;
      const codec = this.#codecs[edge.index] as FrameCodec;
      const none = { open: [], openBytes: 0, longest: 0, watermark: Number.NEGATIVE_INFINITY, epoch: 0, ended: false };
      channel = { codec, from, fromSource, orders: new Map(), ...none };
      this.#channels.set(number, channel);
    }
    return channel;
  }
}
