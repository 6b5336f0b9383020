import { Aligner } from '../../src/flow/aligner.ts';
import { Batch, type Message } from '../../src/flow/batch.ts';
import { Chain } from '../../src/flow/chain.ts';
import type { ChainNode, ChainPart } from '../../src/flow/chain-part.ts';
import { LocalChannel } from '../../src/flow/channel.ts';
import type { Consumer } from '../../src/flow/consumer.ts';
import { Counters } from '../../src/flow/counters.ts';
import { LateJournal } from '../../src/flow/late-journal.ts';
import { NodeOutput, OperatorNode } from '../../src/flow/operator-node.ts';
import { Partitioner } from '../../src/flow/partitioner.ts';
import type { Operator, OperatorContext } from '../../src/stage/operator.ts';
import type { At, Row } from '../../src/stage/row.ts';
import { DriverErrors, Letters, scopeOf, slot } from '../../src/testkit/letters.ts';
import { MemoryDisk } from '../../src/testkit/memory-disk.ts';
import { VirtualClock } from '../../src/testkit/virtual-clock.ts';

/** Operators fused into one chain, with a channel before and one behind it, and a clock that stands still. */
export class ChainRig {
  readonly clock = new VirtualClock();
  readonly input = new LocalChannel();
  readonly output = new LocalChannel();
  readonly parts: ChainPart[] = [];
  readonly failures: unknown[] = [];
  readonly at: At = { time: Number.NaN, order: Number.NaN, key: null, retract: false };
  readonly letters = new Letters(this.at);
  readonly chain: Chain;
  wakes = 0;
  #order = 0;

  constructor(...makers: ((context: OperatorContext) => Operator)[]) {
    const { at, clock, letters } = this;
    const scope = scopeOf(at, letters, () => {});
    const wake = () => void this.wakes++;
    const sent = new DriverErrors(scope, 'sent', 'dead-letter', new Counters(slot()));
    const behind = new Partitioner('forward', [this.output], at, false, 0, sent);
    const nodes: ChainNode[] = [];
    let next: Consumer = behind;
    for (const [i, make] of [...makers.entries()].reverse()) {
      const counters = new Counters(slot());
      const errors = new DriverErrors(scope, `stage ${i}`, 'dead-letter', counters);
      const place = {
        number: i,
        keyNames: [],
        subtask: 0,
        parallelism: 1,
        userCode: false,
        retractions: false,
        updating: false,
        othersUpdating: false,
        clocked: false,
        epoch: 0,
        stage: `stage ${i}`,
        allowedLatenessMs: 0,
        ask: () => Promise.reject(new Error('nobody answers')),
        wake,
      };
      const node = new OperatorNode(
        place,
        scope,
        clock,
        errors,
        counters,
        new NodeOutput(at, next, new Map(), counters),
      );
      node.operator = make(node.context);
      nodes.unshift({ stage: `stage ${i}`, counters, operator: node });
      next = node;
    }
    const aligner = new Aligner([this.input]);
    const listener = {
      part: (part: ChainPart) => void this.parts.push(part),
      ended: () => {},
      drained: () => {},
      checkpoint: () => {},
      failed: (error: unknown) => void this.failures.push(error),
    };
    const common = { chain: 0, subtask: 0, at, clock, listener, wake, full: false };
    const journal = new LateJournal(new MemoryDisk(), () => 'late', at, 0);
    const writers = { deadLetters: letters, lateLetters: letters, journal };
    this.chain = new Chain({ ...common, ...writers, nodes, heads: [next], aligner, outputs: [behind] });
  }

  /** A batch, each record with its number as time and order. */
  batch(...rows: Row[]): this {
    const batch = new Batch();
    batch.rows = rows;
    batch.times = rows.map((_, i) => this.#order + i);
    batch.orders = [...batch.times];
    this.#order += rows.length;
    this.input.send(batch);
    return this;
  }

  send(message: Message): this {
    this.input.send(message);
    return this;
  }

  /** Lets the chain go on until it waits. */
  run(): this {
    for (let steps = 0; this.chain.step(); steps++) if (steps > 10_000) throw new Error('the chain never waits');
    return this;
  }

  /** What has come out: rows, and signals as `kind value`. */
  take(): unknown[] {
    const out: unknown[] = [];
    for (let message = this.output.take(); message !== undefined; message = this.output.take()) {
      if (message instanceof Batch) out.push(...message.rows);
      else
        out.push(
          `${message.kind} ${'time' in message ? message.time : 'epoch' in message ? message.epoch : ''}`.trim(),
        );
    }
    return out;
  }
}
