import ndjson from '../../../actors/codecs/ndjson.ts';
import type { CodecDefinition, SinkDefinition } from '../../../src/stage/definition.ts';
import { PendingPart } from '../../../src/stage/pending-part.ts';
import type { At, Key, Row } from '../../../src/stage/row.ts';
import type { Committer, SinkContext, SinkWriter } from '../../../src/stage/sink.ts';
import { pack, unpack } from '../../../src/state/pack.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import type { Disk } from '../../../src/world/disk.ts';
import { Crash, type MemoryDisk, type Unsynced } from './memory-disk.ts';
import { VirtualTime } from './virtual-time.ts';

/** A record for a sink. */
export interface Given {
  row: Row;
  time?: number;
  order?: number;
  key?: Key;
}

/** What comes in: checkpoints, of subtasks, of records. */
export type Epochs = readonly (readonly (readonly Given[])[])[];

export interface SinkSetup {
  definition: SinkDefinition<any>;
  options: Record<string, unknown>;
  keyNames?: readonly string[];
  fields?: readonly string[];
  codec?: CodecDefinition<any>;
  /** Whether the records' times are their own. Default true. */
  eventTime?: boolean;
  /** Where pending parts lie. */
  pending?: string;
}

/** What the engine gives to one subtask of a sink, and what it hears from it. */
export class SinkRig {
  readonly at: At = { time: 0, order: 0, key: null };
  readonly dead: { row: unknown; code: string; reason: string }[] = [];
  readonly failures: unknown[] = [];
  readonly shown: string[] = [];
  readonly logs: string[] = [];
  readonly time: VirtualTime;
  readonly writer: SinkWriter;
  #order = 0;

  constructor(setup: SinkSetup, disk: Disk, subtask = 0, run = 'a', time = new VirtualTime()) {
    const { definition, options, keyNames = [], fields, codec = ndjson, eventTime = true, pending = 'pending' } = setup;
    this.time = time;
    let parts = 0;
    const context: SinkContext = {
      name: 'sink',
      at: this.at,
      subtask,
      parallelism: 1,
      disk,
      updating: false,
      scattered: false,
      eventTime,
      epoch: 0,
      pendingFolder: pending,
      pendingPart: () => new PendingPart(disk, `${pending}/${run}-${subtask}-${parts++}`),
      keyNames,
      ...(fields ? { fields } : {}),
      encoder: () => encoderOf(codec, fields),
      terminal: { write: (text) => this.shown.push(text), busy: () => undefined },
      now: () => time.now,
      after: time.after,
      checkpoint: () => {},
      deadLetter: (row, code, reason) => this.dead.push({ row, code, reason }),
      fail: (error) => this.failures.push(error),
      log: (level, text) => this.logs.push(`${level} ${text}`),
    };
    this.writer = definition.create(materializeSync(definition.options, options), context);
  }

  /** A record. What the sink throws becomes a dead letter, as in the engine. */
  push({ row, time = 0, order = this.#order++, key = null }: Given): this {
    Object.assign(this.at, { time, order, key });
    try {
      this.writer.write(row, this.at);
    } catch (error) {
      this.dead.push({ row, code: (error as { code?: string }).code ?? '', reason: String(error) });
    }
    return this;
  }
}

function encoderOf(codec: CodecDefinition<any>, fields: readonly string[] | undefined) {
  return codec.encoder!(materializeSync(codec.options, {}), fields ? { fields } : {});
}

export function committerOf(
  { definition, options, keyNames = [], fields, codec = ndjson }: SinkSetup,
  disk: Disk,
): Committer {
  return definition.committer!(materializeSync(definition.options, options), {
    disk,
    keyNames,
    ...(fields ? { fields } : {}),
    encoder: () => encoderOf(codec, fields),
    log: () => {},
  });
}

interface Manifest {
  epoch: number;
  parts: unknown[];
  base: unknown;
}

/**
 * Runs a sink as the engine does, over crashes of the disk: a manifest holds what each checkpoint prepared and on which base;
 * after a crash the last one is committed again and the records behind it come once more.
 */
export class SinkRun {
  readonly disk: MemoryDisk;
  readonly #setup: SinkSetup;
  readonly #epochs: Epochs;
  readonly #time = new VirtualTime();
  #manifest: Manifest | undefined;
  #attempt = 0;
  crashes = 0;
  /** Called after each commit. */
  onCommit: ((epoch: number) => void) | undefined;

  constructor(disk: MemoryDisk, setup: SinkSetup, epochs: Epochs) {
    this.disk = disk;
    this.#setup = setup;
    this.#epochs = epochs;
  }

  #closing: { base: unknown } | undefined;

  async toEnd(unsynced: Unsynced = 'lost'): Promise<void> {
    for (;;) {
      try {
        await this.#once();
        return;
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
        this.crashes++;
        this.disk.restart(unsynced);
      }
    }
  }

  async #once(): Promise<void> {
    const committer = committerOf(this.#setup, this.disk);
    try {
      if (this.#closing !== undefined) return await committer.finish?.(this.#closing.base);
      let base = this.#manifest && (await this.#commit(committer, this.#manifest));
      for (const file of await this.disk.list('pending')) {
        if (!this.#needs(`pending/${file}`)) await this.disk.remove(`pending/${file}`);
      }
      const run = String(this.#attempt++);
      const subtasks = this.#epochs[0]!.map((_, i) => new SinkRig(this.#setup, this.disk, i, run, this.#time));
      for (let epoch = (this.#manifest?.epoch ?? 0) + 1; epoch <= this.#epochs.length; epoch++) {
        subtasks.forEach((rig, i) => {
          for (const given of this.#epochs[epoch - 1]![i]!) rig.push(given);
        });
        this.#time.now = 1_000_000 + epoch * 1000;
        const prepared = await Promise.all(subtasks.map(({ writer }) => writer.prepare?.(epoch)));
        const before = this.#manifest;
        // As data only, as it would come back from the disk.
        this.#manifest = unpack(pack({ epoch, parts: prepared, base })) as Manifest;
        for (const file of await this.disk.list('pending')) {
          if (before && JSON.stringify(before).includes(`"pending/${file}"`) && !this.#needs(`pending/${file}`)) {
            await this.disk.remove(`pending/${file}`);
          }
        }
        base = unpack(pack(await this.#commit(committer, this.#manifest)));
        this.onCommit?.(epoch);
      }
      // From here on no commit is done again: what it would need may have been removed.
      this.#closing = { base };
      await committer.finish?.(base);
    } finally {
      await committer.close?.();
    }
  }

  #needs(path: string): boolean {
    return JSON.stringify(this.#manifest ?? null).includes(`"${path}"`);
  }

  #commit(committer: Committer, { epoch, parts, base }: Manifest): Promise<unknown> {
    return committer.commit(epoch, parts, base);
  }
}

/** Runs once without a crash, then with a crash at each step, before and after it, and looks at what there is in the end. */
export async function crashMatrix(
  setup: SinkSetup,
  epochs: Epochs,
  makeDisk: () => MemoryDisk,
  look: (disk: MemoryDisk) => unknown,
  check: (found: unknown, expected: unknown, where: string) => void,
): Promise<number> {
  const plain = makeDisk();
  await new SinkRun(plain, setup, epochs).toEnd();
  const expected = await look(plain);
  const steps = plain.steps;
  let runs = 0;
  for (let at = 1; at <= steps; at++) {
    for (const crashAfter of [false, true]) {
      for (const unsynced of ['lost', 'kept', 'half kept'] as const) {
        const disk = makeDisk();
        Object.assign(disk, { crashAt: at, crashAfter });
        const run = new SinkRun(disk, setup, epochs);
        await run.toEnd(unsynced);
        check(await look(disk), expected, `step ${at} ${crashAfter ? 'after' : 'before'}, unsynced ${unsynced}`);
        runs++;
      }
    }
  }
  return runs;
}
