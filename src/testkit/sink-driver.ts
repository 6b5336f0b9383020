import { assert } from '../base/errors.ts';
import { Counters } from '../flow/counters.ts';
import { SinkNode } from '../flow/sink-node.ts';
import { Commits } from '../run/commits.ts';
import type { SinkDefinition } from '../stage/definition.ts';
import { PendingPart } from '../stage/pending-part.ts';
import type { At, Row } from '../stage/row.ts';
import type { Committer, SinkContext, SinkWriter } from '../stage/sink.ts';
import { pack, unpack } from '../state/pack.ts';
import type { CommitRecord } from '../state/store.ts';
import { materialize } from '../topology/options.ts';
import { type ChosenCodec, chosenCodec } from './chosen-codec.ts';
import { type DeadLetter, DriverErrors, Letters, scopeOf, slot } from './letters.ts';
import { MemoryDisk, type Unsynced } from './memory-disk.ts';
import { VirtualClock } from './virtual-clock.ts';

/** The last checkpoint that became durable, in bytes: what a sink resumes from. */
export interface SinkCheckpoint {
  epoch: number;
  records: Uint8Array;
  /** The input has ended: what the commits gave, for sinks to finish with. */
  closing?: Uint8Array;
}

export interface SinkDriverOptions {
  /** The stream is updating. */
  updating?: boolean;
  /** Rows of one key may come from several subtasks. */
  scattered?: boolean;
  keyNames?: readonly string[];
  /** The records' fields, exactly and in order, when the plan would know them. */
  fields?: readonly string[];
  parallelism?: number;
  clock?: VirtualClock;
  /** The disk of the run before, to go on with. */
  disk?: MemoryDisk;
  /** Go on from here: what was prepared is committed again, as after a crash. */
  from?: SinkCheckpoint | undefined;
}

/** Where pending parts lie. Not part of what a sink shows. */
export const PENDING_FOLDER = 'state/pending';

const SINK = 'sink';

interface Subtask {
  writer: SinkWriter;
  node: SinkNode;
  at: At;
  errors: DriverErrors;
  letters: Letters;
}

/**
 * A sink with all its subtasks and its committer, driven by hand over a disk in memory: write, then {@link prepare} and
 * {@link commit}, with a crash and a new driver `from` the last checkpoint wherever a test wants one.
 */
export class SinkDriver {
  readonly disk: MemoryDisk;
  readonly clock: VirtualClock;
  readonly logs: string[] = [];
  /** What was written to the terminal. */
  terminal = '';
  /** What the sink has given to `fail`. */
  failure: unknown;
  /** How often the sink has asked for a checkpoint. */
  asked = 0;
  #subtasks: Subtask[] = [];
  #commits!: Commits;
  #epoch = 0;
  #order = 0;
  #pending = 0;
  /** What is durable: the epoch, and what its commit needs. */
  #durable: SinkCheckpoint | undefined;

  private constructor({ disk = new MemoryDisk(), clock = new VirtualClock() }: SinkDriverOptions) {
    this.disk = disk;
    this.clock = clock;
  }

  /** Makes a sink and opens it. `options` are as written in a topology, `codec` among them. */
  static async open(
    definition: SinkDefinition<any>,
    options: Record<string, unknown> = {},
    drive: SinkDriverOptions = {},
  ): Promise<SinkDriver> {
    const driver = new SinkDriver(drive);
    const made = await materialize(definition.options, options, { base: import.meta.url });
    const codec = await chosenCodec(definition, options);
    await driver.#recover(definition.committer?.(made, driver.#committerContext(codec, drive)), drive.from);
    const { parallelism = 1 } = drive;
    driver.#subtasks = Array.from({ length: parallelism }, (_, subtask) =>
      driver.#subtask((context) => definition.create(made, context), codec, { ...drive, subtask, parallelism }),
    );
    for (const { writer } of driver.#subtasks) await writer.open?.();
    return driver;
  }

  /** As the engine does at its start: the last checkpoint is committed once more, and what no checkpoint knows is removed. */
  async #recover(committer: Committer | undefined, from: SinkCheckpoint | undefined): Promise<void> {
    const records = (from ? unpack(from.records) : {}) as Record<string, CommitRecord>;
    const committers = new Map(committer ? [[SINK, committer]] : []);
    this.#commits = new Commits(committers, records, this.disk, PENDING_FOLDER);
    this.#durable = from;
    if (from) {
      this.#epoch = from.epoch;
      if (from.closing) this.#commits.resume(unpack(from.closing) as Record<string, unknown>);
      else await this.#commits.commit(from.epoch);
    }
    await this.#commits.sweep();
  }

  #committerContext(codec: ChosenCodec | undefined, { keyNames = [], fields }: SinkDriverOptions) {
    return {
      disk: this.disk,
      keyNames,
      ...(fields ? { fields } : {}),
      encoder: () => encoderOf(codec, fields),
      log: (level: string, text: string) => void this.logs.push(`${level} ${text}`),
    };
  }

  #subtask(
    create: (context: SinkContext) => SinkWriter,
    codec: ChosenCodec | undefined,
    place: SinkDriverOptions & { subtask: number; parallelism: number },
  ): Subtask {
    const { clock } = this;
    const at: At = { time: Number.NaN, order: Number.NaN, key: null };
    const letters = new Letters(at);
    const scope = scopeOf(at, letters, (level, text) => this.logs.push(`${level} ${text}`));
    const counters = new Counters(slot());
    const errors = new DriverErrors(scope, SINK, 'dead-letter', counters);
    const generation = this.#epoch;
    const writer = create({
      ...this.#committerContext(codec, place),
      name: SINK,
      at,
      subtask: place.subtask,
      parallelism: place.parallelism,
      eventTime: true,
      updating: place.updating ?? false,
      scattered: place.scattered ?? false,
      epoch: this.#epoch,
      pendingFolder: PENDING_FOLDER,
      pendingPart: () =>
        new PendingPart(this.disk, `${PENDING_FOLDER}/${generation}-${place.subtask}-${this.#pending++}.part`),
      terminal: {
        write: (text) => {
          this.terminal += text;
        },
        busy: () => undefined,
      },
      now: () => clock.now(),
      after: (ms, task) => clock.after(ms, task),
      checkpoint: () => void this.asked++,
      deadLetter: (row, code, reason) => errors.deadLetter(row, code, reason),
      fail: (error) => {
        this.failure ??= error;
      },
    });
    return { writer, node: new SinkNode(writer, at, errors, counters), at, errors, letters };
  }

  /** Writes a record to a subtask; event time is the clock's unless given. What the sink throws becomes a dead letter. */
  write(row: Row, at: Partial<At> = {}, subtask = 0): this {
    const { time = this.clock.now(), order = this.#order, key = null, retract = false } = at;
    this.#order = Math.max(this.#order, order) + 1;
    const to = this.#subtasks[subtask];
    assert(to, `there is a subtask ${subtask}`);
    Object.assign(to.at, { time, order, key, retract });
    to.node.push(row);
    return this;
  }

  /** Resolves when every subtask can take more. */
  async ready(): Promise<void> {
    for (const { writer } of this.#subtasks) await writer.busy?.();
  }

  /** A barrier: all subtasks prepare. With its result the checkpoint is durable; {@link commit} comes next. */
  async prepare(): Promise<SinkCheckpoint> {
    const epoch = this.#epoch + 1;
    const parts: unknown[] = [];
    for (const { writer } of this.#subtasks) writer.barrierAhead?.();
    for (const { writer } of this.#subtasks) {
      const part = await writer.prepare?.(epoch);
      if (part !== undefined) parts.push(unpack(pack(part)));
    }
    if (this.failure !== undefined) throw this.failure;
    this.#commits.prepared({ [SINK]: parts });
    this.#epoch = epoch;
    this.#durable = { epoch, records: pack(this.#commits.records()) };
    return this.#durable;
  }

  /** Commits the checkpoint that was prepared last. Called again it does so once more. */
  async commit(): Promise<void> {
    await this.#commits.commit(this.#epoch);
  }

  /** {@link prepare}, then {@link commit}. */
  async checkpoint(): Promise<void> {
    await this.prepare();
    await this.commit();
  }

  /** The input has ended and its last checkpoint is committed. After a crash it is to be called again. */
  async finish(): Promise<void> {
    if (this.#durable) this.#durable = { ...this.#durable, closing: pack(this.#commits.bases()) };
    await this.#commits.finish();
  }

  /** The process ends here: what was not durable is lost. With what this gives, {@link open} makes the next one. */
  crash(unsynced?: Unsynced): { disk: MemoryDisk; clock: VirtualClock; from: SinkCheckpoint | undefined } {
    return { disk: this.disk.afterCrash(unsynced), clock: this.clock, from: this.#durable };
  }

  get dead(): readonly DeadLetter[] {
    return this.#subtasks.flatMap(({ letters }) => letters.all);
  }

  /** What it threw on records, as it was thrown. */
  get thrown(): readonly unknown[] {
    return this.#subtasks.flatMap(({ errors }) => errors.thrown);
  }

  async close(): Promise<void> {
    for (const { writer } of this.#subtasks) await writer.close?.();
    await this.#commits.close();
  }
}

function encoderOf(codec: ChosenCodec | undefined, fields: readonly string[] | undefined) {
  const encoder = codec?.encoder(fields);
  assert(encoder, 'the sink has a codec that can write');
  return encoder;
}
