import { assert } from '../base/errors.ts';
import type { ChainPart } from '../flow/chain-part.ts';
import type { CheckpointStore, Manifest } from '../state/store.ts';
import type { Plan } from '../topology/plan.ts';
import type { Counts } from '../topology/running.ts';
import type { Commits } from './commits.ts';
import { addCounts, countsOf } from './counts.ts';

/** What stays the same from one checkpoint of a run to the next. */
export type Head = Pick<Manifest, 'stages' | 'sources' | 'times' | 'splits'>;

/** The stage under which dead letters are committed. */
export const DEAD_LETTERS = 'dead-letters';

/** The stage under which the journal of late records is committed. */
export const LATE_JOURNAL = 'late-journal';

/**
 * Collects the parts of one checkpoint at a time, makes it true by one synced write, and then has the sinks commit. The
 * next begins only when all this is over, so that a commit's result is known to the manifest that follows.
 */
export class Checkpointer {
  readonly #store: CheckpointStore;
  readonly #commits: Commits;
  readonly #head: Head;
  readonly #plan: Plan;
  readonly #expected: number;
  /** Counted in earlier runs on this state, and in this one before its last restart. */
  readonly #before: { ever: Counts; run: Counts };
  #epoch: number;
  #full: boolean;
  #parts: ChainPart[] = [];
  #done: ((parts: ChainPart[]) => void) | undefined;
  /** Counts of this run, as of the last checkpoint. */
  counts: Counts;

  constructor(options: {
    store: CheckpointStore;
    commits: Commits;
    head: Head;
    plan: Plan;
    epoch: number;
    full: boolean;
    before: { ever: Counts; run: Counts };
  }) {
    this.#store = options.store;
    this.#commits = options.commits;
    this.#head = options.head;
    this.#plan = options.plan;
    this.#epoch = options.epoch;
    this.#full = options.full;
    this.#before = options.before;
    this.counts = options.before.run;
    this.#expected = options.plan.chains.reduce((sum, chain) => sum + chain.parallelism, 0);
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** A subtask's part has come. */
  add(part: ChainPart): void {
    if (part.epoch !== this.#epoch + 1 || this.#done === undefined) return;
    const twice = this.#parts.some(({ chain, subtask }) => chain === part.chain && subtask === part.subtask);
    assert(!twice, 'a subtask gives one part of a checkpoint');
    this.#parts.push(part);
    if (this.#parts.length < this.#expected) return;
    const done = this.#done;
    this.#done = undefined;
    done(this.#parts);
  }

  /** The chains that have not given all their parts of the checkpoint under way, from first stage to last; none: it is being committed. */
  get awaited(): string[] {
    if (this.#done === undefined) return [];
    const { chains, nodes } = this.#plan;
    const given = (chain: number) => this.#parts.filter((part) => part.chain === chain).length;
    const behind = chains.filter(({ index, parallelism }) => given(index) < parallelism);
    return behind.map((chain) => {
      const [first = '', ...rest] = chain.nodes.map((node) => nodes[node]?.id ?? '');
      return rest.length === 0 ? first : `${first} … ${rest.at(-1)}`;
    });
  }

  /** Collects parts for the next epoch; `send` tells the sources. Resolves when every subtask has given its part. */
  collect(send: (epoch: number) => void): Promise<ChainPart[]> {
    this.#parts = [];
    const collected = new Promise<ChainPart[]>((resolve) => {
      this.#done = resolve;
    });
    send(this.#epoch + 1);
    return collected;
  }

  /** Makes a collected checkpoint true, then commits the sinks. */
  async complete(parts: ChainPart[], durable: (epoch: number) => void): Promise<number> {
    const epoch = this.#epoch + 1;
    const stages = parts.flatMap((part) => part.stages);
    const run = addCounts(this.#before.run, countsOf(this.#plan, parts));
    const ever = addCounts(this.#before.ever, countsOf(this.#plan, parts));
    this.#commits.prepared(prepared(parts));
    const manifest: Manifest = {
      format: 1,
      epoch,
      ...this.#head,
      commits: this.#commits.records(),
      counters: ever,
      finished: false,
    };
    await this.#store.write(manifest, stages, this.#full);
    this.#full = false;
    this.#epoch = epoch;
    this.counts = run;
    durable(epoch);
    await this.#commits.commit(epoch);
    return stages.reduce((sum, stage) => sum + stage.keyed.reduce((s, k) => s + k.bytes.length, 0), 0);
  }

  /** The input has ended and the last checkpoint is committed: lets the sinks finish. Done again when a crash cuts it short. */
  async finish(): Promise<void> {
    const manifest = { ...((await this.#store.manifest()) as Manifest), closing: this.#commits.bases() };
    await this.#store.write(manifest, [], false);
    await this.#commits.finish();
    await this.#store.write({ ...manifest, finished: true }, [], false);
  }
}

/** What the sinks prepared, by stage; dead letters as one more of them. */
function prepared(parts: readonly ChainPart[]): Record<string, unknown[]> {
  const byStage: Record<string, unknown[]> = { [DEAD_LETTERS]: [], [LATE_JOURNAL]: [] };
  const sorted = [...parts].sort((a, b) => a.chain - b.chain || a.subtask - b.subtask);
  for (const part of sorted) {
    for (const [stage, value] of Object.entries(part.prepared)) {
      byStage[stage] ??= [];
      if (value !== undefined) byStage[stage].push(value);
    }
    byStage[DEAD_LETTERS]?.push(...part.deadLetters);
    if (part.late !== undefined) byStage[LATE_JOURNAL]?.push(part.late);
  }
  return byStage;
}
