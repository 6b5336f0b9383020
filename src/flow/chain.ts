import { located } from '../base/errors.ts';
import type { Step } from './aligner.ts';
import type { Leader } from './batch.ts';
import { BatchRun } from './batch-run.ts';
import type { ChainOptions } from './chain-options.ts';
import { takePart } from './chain-part.ts';
import type { Consumer } from './consumer.ts';
import type { OperatorNode } from './operator-node.ts';
import type { SourceInput } from './source-input.ts';

/** A watermark, and which node it has come to. */
interface Closing {
  time: number;
  node: number;
  by?: Leader | undefined;
}

/** Half-full batches wait this long at most for more records. */
const LINGER_MS = 5;
/** Operators that go by the clock are called no more often than this. */
const TICK_MS = 100;

/**
 * Stages fused into one actor. Each step does one thing: a batch, a poll, a watermark (in portions), a barrier. A batch or a poll
 * whose records take long goes on in the next step. It takes no step while an output or a sink has no room, which is all there is to back-pressure.
 */
export class Chain {
  readonly #o: ChainOptions;
  /** A watermark that is on its way through the nodes. */
  #closing: Closing | undefined;
  /** An input whose end is being told to the first stage. */
  #endingPort: number | undefined;
  #ending = false;
  #ended = false;
  #runOver = false;
  #barrier: number | undefined;
  #draining = false;
  #drained = false;
  #waitingForSink = false;
  #flushedAt = 0;
  #dirty = false;
  #full: boolean;
  /** Those that go by the clock; without any, the clock is not looked at. */
  readonly #ticking: readonly OperatorNode[];
  #tickedAt = Number.NEGATIVE_INFINITY;
  /** Those that ask outside. */
  readonly #asking: readonly OperatorNode[];
  #idling = false;
  /** Event time has come to its end: nothing may come behind it. */
  #over = false;
  readonly #positions = new Map<number, Record<string, unknown>>();
  readonly #batch: BatchRun;

  constructor(options: ChainOptions) {
    this.#o = options;
    this.#batch = new BatchRun(options.at, options.clock);
    this.#full = options.full;
    const operators = options.nodes.flatMap(({ operator }) => operator ?? []);
    this.#ticking = operators.filter(({ operator }) => operator.onTick !== undefined);
    this.#asking = operators.filter(({ operator }) => operator.pending !== undefined);
  }

  /** Asks for a checkpoint's barrier, which begins at the sources. `over`: the run ends with it, so no state is read again. */
  requestBarrier(epoch: number, over: boolean): void {
    this.#runOver = over;
    for (const { sink } of this.#o.nodes) sink?.writer.barrierAhead?.();
    if (this.#o.source === undefined) return;
    this.#barrier = epoch;
    this.#o.wake();
  }

  /** Asks the source to take in no more. */
  drain(): void {
    this.#draining = true;
    this.#o.source?.input.drain();
    for (const { sink } of this.#o.nodes) sink?.writer.stopping?.();
    this.#o.wake();
  }

  /** A checkpoint is durable. */
  committed(epoch: number): void {
    for (const [e, positions] of this.#positions) {
      if (e > epoch) continue;
      if (e === epoch) this.#o.source?.committed?.(positions);
      this.#positions.delete(e);
    }
    for (const { sink } of this.#o.nodes) sink?.writer.committed?.(epoch);
    this.#o.wake();
  }

  /** Does one thing. True when there may be more to do at once; else it waits for {@link ChainOptions.wake}. */
  step(): boolean {
    if (this.#noRoom()) return this.#heldUp();
    if (this.#asking.length > 0 && this.#passAnswers()) return this.#waitForAnswers();
    if (this.#batch.busy) return this.#run();
    if (this.#o.source?.input.behind) return this.#catchUp(this.#o.source.input);
    if (this.#closing !== undefined) return this.#close();
    if (this.#endingPort !== undefined) return this.#endPort(this.#endingPort);
    if (this.#barrier !== undefined) return this.#atBarrier(this.#barrier);
    if (this.#idling) return this.#idle();
    if (this.#ticking.length > 0 && this.#tick()) return true;
    const step = this.#o.source ? this.#poll(this.#o.source.input) : this.#o.aligner?.next();
    if (step === undefined) {
      this.#flush();
      return this.#noRoom() ? this.#heldUp() : false;
    }
    if (step === 'polled') this.#endBatch();
    else this.#take(step);
    return true;
  }

  /** Passes on the answers that have come. True when a stage can take no more records until others have. */
  #passAnswers(): boolean {
    let passed = false;
    for (const asking of this.#asking) if (this.#wake(asking)) passed = true;
    if (passed) this.#endBatch();
    return this.#asking.some(({ operator }) => operator.busy?.() === true);
  }

  #wake(asking: OperatorNode): boolean {
    try {
      return asking.operator.onWake?.(asking.output) === true;
    } catch (error) {
      const { stage = '' } = this.#o.nodes.find(({ operator }) => operator === asking) ?? {};
      throw located(stage, error);
    }
  }

  /** Whether records are still waiting for answers: they come before all that is in line behind them. */
  #isPending(): boolean {
    return this.#asking.some(({ operator }) => operator.pending?.() === true);
  }

  /** The stage wakes the chain when it has answers. */
  #waitForAnswers(): false {
    this.#flush();
    return this.#heldUp();
  }

  /** Time in which its source cannot be polled makes no split idle. */
  #heldUp(): false {
    this.#o.source?.input.stopWaiting();
    return false;
  }

  #idle(): boolean {
    this.#idling = this.#isPending();
    if (this.#idling) return this.#waitForAnswers();
    for (const output of this.#o.outputs) output.signal({ kind: 'idle' });
    return true;
  }

  /** True when operators have been called. */
  #tick(): boolean {
    const { clock } = this.#o;
    const since = clock.monotonic();
    if (this.#over || since - this.#tickedAt < TICK_MS) return false;
    let more = false;
    for (const { operator, output } of this.#ticking) if (operator.onTick?.(clock.now(), output) === true) more = true;
    if (!more) this.#tickedAt = since;
    this.#endBatch();
    return true;
  }

  #poll(input: SourceInput): Step | 'polled' | undefined {
    const step = input.next();
    if (this.#draining && !this.#drained && (step === undefined || input.done)) {
      this.#drained = true;
      this.#o.listener.drained();
    }
    return step;
  }

  #take(step: Step): void {
    switch (step.kind) {
      case 'batch':
        this.#batch.begin(step.batch, this.#o.heads[step.port] as Consumer);
        this.#run();
        break;
      case 'watermark':
        // Records polled before it belong to a batch that has not been ended yet.
        if (this.#o.source) this.#endBatch();
        this.#closing = { time: step.time, node: 0, by: step.by };
        this.#close();
        break;
      case 'port-end':
        this.#endPort(step.port);
        break;
      case 'idle':
        this.#idle();
        break;
      case 'barrier':
        this.#atBarrier(step.epoch);
        break;
      case 'end':
        if (this.#o.source) {
          this.#endBatch();
          this.#closing = { time: Number.POSITIVE_INFINITY, node: 0 };
          this.#ending = true;
          this.#close();
        } else this.#end();
    }
  }

  #endPort(port: number): true {
    this.#endingPort = this.#o.portEnd?.(port) ? port : undefined;
    this.#endBatch();
    return true;
  }

  #run(): true {
    if (!this.#batch.go()) this.#endBatch();
    return true;
  }

  /** Records of a poll that wait for their turn come before all else: a barrier is behind them, and event time. */
  #catchUp(input: SourceInput): true {
    input.catchUp();
    this.#endBatch();
    return true;
  }

  #endBatch(): void {
    for (const { operator } of this.#o.nodes) operator?.operator.onBatchEnd?.(operator.output);
    this.#dirty = true;
    if (this.#o.clock.monotonic() - this.#flushedAt > LINGER_MS) this.#flush();
    this.#publish();
  }

  #flush(): void {
    if (!this.#dirty) return;
    for (const output of this.#o.outputs) output.flush();
    this.#flushedAt = this.#o.clock.monotonic();
    this.#dirty = false;
    this.#publish();
  }

  #publish(): void {
    const fill = this.#o.aligner?.fill ?? 0;
    const watermark = this.#o.aligner?.watermark ?? this.#o.source?.input.watermark ?? Number.NEGATIVE_INFINITY;
    for (const { counters } of this.#o.nodes) counters.publish(fill, watermark);
  }

  /** Takes the watermark through the nodes, each in portions, so that no turn grows with the number of keys. */
  #close(): boolean {
    const closing = this.#closing as Closing;
    const { nodes } = this.#o;
    while (closing.node < nodes.length) {
      const operator = nodes[closing.node]?.operator;
      if (operator !== undefined) {
        if (operator.operator.pending?.() === true) return this.#waitForAnswers();
        operator.watermark = closing.time;
        operator.leader = closing.by;
        if (operator.operator.onWatermark?.(closing.time, operator.output) === true) return true;
      }
      closing.node++;
    }
    for (const { operator } of nodes) operator?.operator.onBatchEnd?.(operator.output);
    // The end of a batch may have put records before a stage that asks outside.
    if (this.#isPending()) return this.#waitForAnswers();
    this.#closing = undefined;
    if (closing.time === Number.POSITIVE_INFINITY) this.#over = true;
    for (const output of this.#o.outputs) output.signal({ kind: 'watermark', time: closing.time, by: closing.by });
    this.#publish();
    if (this.#ending) this.#end();
    return true;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const output of this.#o.outputs) output.signal({ kind: 'end' });
    const waits = this.#o.nodes.flatMap(({ sink }) => (sink?.writer.drained ? [sink.writer.drained()] : []));
    if (waits.length === 0) this.#o.listener.ended();
    else this.#drainSinks(waits);
  }

  /** Sinks hand over what they keep, once it is part of a checkpoint. */
  #drainSinks(waits: readonly Promise<void>[]): void {
    const { listener } = this.#o;
    Promise.all(waits).then(
      () => listener.ended(),
      (error) => listener.failed(error),
    );
    listener.checkpoint();
  }

  /** A barrier has come: what is under way passes on before it, then a part is taken. */
  #atBarrier(epoch: number): boolean {
    const { nodes } = this.#o;
    this.#heldUp();
    this.#barrier = epoch;
    for (const { operator } of nodes) operator?.operator.onBatchEnd?.(operator.output);
    for (const { operator } of nodes) operator?.operator.onBarrier?.(operator.output);
    if (this.#isPending()) return this.#waitForAnswers();
    this.#barrier = undefined;
    this.#takePart(epoch);
    return true;
  }

  #takePart(epoch: number): void {
    const { source, outputs, listener } = this.#o;
    // Here already: a record that cannot cross to another thread is a dead letter of this part.
    for (const output of outputs) output.flush();
    const taken = takePart(this.#o, epoch, this.#runOver ? 'nothing' : this.#full ? 'all' : 'changes');
    if (source) {
      const plain = Object.entries(taken.positions).map(([id, { position }]) => [id, position]);
      this.#positions.set(epoch, Object.fromEntries(plain));
    }
    this.#full = false;
    for (const output of outputs) output.signal({ kind: 'barrier', epoch });
    this.#publish();
    taken.part.then(
      (part) => listener.part(part),
      (error) => listener.failed(error),
    );
  }

  #noRoom(): boolean {
    if (this.#waitingForSink) return true;
    // Asked at every step: without a closure.
    for (const output of this.#o.outputs) if (output.full) return true;
    for (const { sink } of this.#o.nodes) if (this.#waitFor(sink?.writer.busy?.())) return true;
    return this.#waitFor(this.#o.deadLetters.busy() ?? this.#o.lateLetters.busy());
  }

  #waitFor(busy: Promise<void> | undefined): boolean {
    if (busy === undefined) return false;
    this.#waitingForSink = true;
    const done = () => {
      this.#waitingForSink = false;
      this.#o.wake();
    };
    busy.then(done, (error) => {
      done();
      this.#o.listener.failed(error);
    });
    return true;
  }
}
