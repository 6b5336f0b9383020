import { fromErrorData, messageOf, toErrorData, WeirError } from '../base/errors.ts';
import { hush } from '../base/plain.ts';
import { formatDuration } from '../base/units.ts';
import { bufferFolderOf } from '../flow/buffer/folders.ts';
import type { Manifest } from '../state/store.ts';
import type { Graph } from '../topology/graph.ts';
import { type LoadedStage, loadStages } from '../topology/load-stages.ts';
import type { Plan } from '../topology/plan.ts';
import { makePlan } from '../topology/planner.ts';
import type { CheckpointInfo, StageMetrics, Summary } from '../topology/running.ts';
import type { Answerers } from './answerers.ts';
import { Checkpointer, type Head } from './checkpointer.ts';
import { markClosures } from './closures.ts';
import type { Commits } from './commits.ts';
import { checkFits, isRescaled, leftBehind, sourcesOf, stagesOf, timesOf, unreplayable } from './compatibility.ts';
import { countsBeyond, NO_COUNTS } from './counts.ts';
import { createCommits, pendingFolderOf } from './create-commits.ts';
import { dealSplits } from './deal-splits.ts';
import type { EngineOptions } from './engine-options.ts';
import { Generation, STOP_MS } from './generation.ts';
import { checkLeftBuffers } from './left-buffers.ts';
import { maskedEvents } from './masked-events.ts';
import { readMetrics } from './metrics.ts';
import { isPermanent } from './permanent.ts';
import type { HostData } from './protocol.ts';
import { Quarantine } from './quarantine.ts';
import { Restarts } from './restarts.ts';
import { type Taken, take } from './taken.ts';

/** In place of numbers before a topology has begun. */
const NONE_YET = new Float64Array(0);

/** How long a stop waits for what is done at a start: commits are made up for, systems are asked what there is to read. */
const START_MS = 2000;

/**
 * Runs one topology: starts its hosts, has checkpoints taken, and starts everything again from the last checkpoint when any
 * part of it fails. One-for-all: records between two chains belong to both, so neither can go back alone.
 */
export class Engine {
  readonly #o: EngineOptions;
  readonly #begun: number;
  readonly #restarts: Restarts;
  readonly #quarantine = new Quarantine();
  readonly #head: Head = { stages: {}, sources: {}, splits: {} };
  #stages: ReadonlyMap<string, LoadedStage> = new Map();
  #plan!: Plan;
  #marked!: Graph;
  #taken!: Taken;
  #commits!: Commits;
  #answerers!: Answerers;
  #checkpointer!: Checkpointer;
  #generation: Generation | undefined;
  /** Who waits for the generation behind a restart. */
  readonly #awaiting: ((next: Generation) => void)[] = [];
  /** Counted by earlier runs on this state. */
  #before = NO_COUNTS;
  #counts = { ever: NO_COUNTS, run: NO_COUNTS };
  #checkpoints = 0;
  #started = false;
  #last: (CheckpointInfo & { at: number }) | undefined;
  #requestStop!: () => void;
  readonly #stopRequested: Promise<void>;
  #stopping = false;
  #abandoned = false;
  #giveUp!: () => void;
  readonly #givenUp: Promise<void>;
  #cancelAbandon: () => void = () => {};
  #running: Promise<Summary> | undefined;

  constructor(options: EngineOptions) {
    this.#o = { ...options, ...maskedEvents(options) };
    this.#begun = options.clock.monotonic();
    const { maxRestarts, restartPeriodMs } = options.graph.settings;
    this.#restarts = new Restarts(maxRestarts, restartPeriodMs, options.random);
    this.#stopRequested = new Promise((resolve) => {
      this.#requestStop = resolve;
    });
    this.#givenUp = new Promise((resolve) => {
      this.#giveUp = resolve;
    });
  }

  /** Runs until the input ends or {@link stop} is called. Rejects when it fails for good. Call it once. */
  run(): Promise<Summary> {
    this.#running ??= this.#run();
    return this.#running;
  }

  /** Drains, takes a last checkpoint and ends. Resolves when all is over. */
  async stop(): Promise<Summary> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#requestStop();
      const idle = this.#generation === undefined || this.#generation.over;
      this.#cancelAbandon = this.#o.clock.after(idle ? START_MS : STOP_MS, () => this.#abandon());
    }
    return await this.run();
  }

  /** What is not committed by now, the next run commits. */
  #abandon(): void {
    this.#abandoned = true;
    this.#giveUp();
    (this.#commits as Commits | undefined)?.abandon();
  }

  /**
   * Takes a checkpoint that begins now, or behind a restart that is under way. Resolves when it is durable and committed,
   * or the run has ended well; rejects when it or the run fails.
   */
  async checkpoint(): Promise<void> {
    const running = this.#running;
    if (running === undefined) throw new WeirError('WEIR_NOT_RUNNING', 'the topology has not been started');
    let generation = this.#generation;
    if (generation === undefined || generation.over) {
      const next = new Promise<Generation>((resolve) => this.#awaiting.push(resolve));
      generation = await Promise.race([next, running.then(() => undefined)]);
    }
    await generation?.request();
  }

  get lastCheckpoint(): (CheckpointInfo & { at: number }) | undefined {
    return this.#last;
  }

  get restarts(): number {
    return this.#restarts.count;
  }

  get plan(): Plan | undefined {
    return this.#plan;
  }

  /** What this run has done, as of its last checkpoint. */
  soFar(): Summary {
    return {
      durationMs: Math.round(this.#o.clock.monotonic() - this.#begun),
      ...this.#counts.run,
      restarts: this.restarts,
      checkpoints: this.#checkpoints,
      finished: false,
    };
  }

  /** Numbers of every stage, as they stand now. */
  metrics(): StageMetrics[] {
    const plan = this.#plan as Plan | undefined;
    return plan === undefined
      ? []
      : readMetrics(plan, this.#generation?.metrics ?? NONE_YET, bufferedOf(this.#o.graph));
  }

  async #run(): Promise<Summary> {
    if (!(await this.#prepare())) return { ...this.soFar(), finished: false };
    try {
      for (;;) {
        const ended = await this.#runOnce();
        if (ended !== 'again') {
          return { ...this.soFar(), finished: ended === 'finished' };
        }
      }
    } finally {
      await this.#close();
      this.#cancelAbandon();
    }
  }

  /** Whether it is to go on: it may have been stopped while a system was asked what there is to read. */
  async #prepare(): Promise<boolean> {
    const { graph, hosts, disk, stateFolder } = this.#o;
    this.#stages = await loadStages(graph);
    this.#marked = markClosures(graph);
    this.#plan = makePlan(graph, this.#stages, hosts);
    this.#taken = await take(this.#o, this.#stages.values());
    try {
      let manifest = await this.#taken.store.manifest();
      this.#head.stages = stagesOf(this.#plan, this.#stages);
      this.#head.sources = sourcesOf(this.#stages);
      this.#head.times = timesOf(this.#stages);
      if (manifest?.finished) {
        await this.#taken.store.clear();
        manifest = undefined;
      }
      if (manifest === undefined) {
        await disk.remove(`${stateFolder}/dead-letters.ndjson`);
        await disk.remove(`${stateFolder}/late.ndjson`);
      } else {
        checkFits(manifest, this.#head);
        const text = leftBehind(manifest, this.#head);
        if (text !== undefined) this.#warn(text);
      }
      await checkLeftBuffers(disk, stateFolder, manifest?.epoch ?? 0, bufferedOf(graph));
      const splits = manifest?.splits ?? (await this.#deal());
      if (splits === undefined) {
        this.#warn('stopped before it began');
        await this.#taken.release();
        return false;
      }
      this.#head.splits = splits;
      this.#before = manifest?.counters ?? NO_COUNTS;
      this.#createCommits({});
      return true;
    } catch (error) {
      await this.#taken.release();
      throw error;
    }
  }

  /** The splits of a first start; undefined when it is stopped and they do not come. */
  async #deal(): Promise<Manifest['splits'] | undefined> {
    const dealt = dealSplits(this.#plan, this.#stages);
    // Nobody waits for it any more once the run is stopped.
    hush(dealt);
    return await Promise.race([dealt, this.#givenUp.then(() => undefined)]);
  }

  async #close(): Promise<void> {
    try {
      await this.#commits.close();
    } finally {
      await this.#taken.release();
    }
  }

  #warn(text: string): void {
    this.#o.onEvent?.({ type: 'log', level: 'warn', stage: '', text });
  }

  #createCommits(records: Manifest['commits']): void {
    const { disk, stateFolder, onEvent } = this.#o;
    const { commits, answerers } = createCommits(
      {
        plan: this.#plan,
        stages: this.#stages,
        disk,
        stateFolder,
        log: (level, stage, text) => onEvent?.({ type: 'log', level, stage, text }),
      },
      records,
    );
    this.#commits = commits;
    if (this.#abandoned) commits.abandon();
    this.#answerers = answerers;
  }

  /** From the last checkpoint to the end, the stop or a failure. */
  async #runOnce(): Promise<'finished' | 'stopped' | 'again'> {
    let generation: Generation | undefined;
    this.#stopRequested.then(() => generation?.stop());
    try {
      const { manifest, restore } = await this.#recover();
      this.#checkpointer = this.#createCheckpointer(manifest);
      if (manifest?.closing !== undefined) {
        if (!manifest.finished) await this.#checkpointer.finish();
        return 'finished';
      }
      await this.#answerers.open();
      generation = this.#createGeneration(manifest, restore);
      this.#generation = generation;
      for (const next of this.#awaiting.splice(0)) next(generation);
      if (this.#stopping) generation.stop();
      await generation.start();
      this.#started = true;
      this.#o.onEvent?.({ type: 'started', epoch: manifest?.epoch ?? 0, resumed: manifest !== undefined });
      const end = await generation.ended;
      this.#counts.run = this.#checkpointer.counts;
      return end;
    } catch (error) {
      // First the hosts: a checkpoint that is being written may still come true.
      await generation?.close();
      this.#counts.run = this.#checkpointer?.counts ?? this.#counts.run;
      if (this.#stopping && generation === undefined && !isPermanent(toErrorData(error))) {
        this.#warn(`stopped before it began: ${messageOf(error)}`);
        return 'stopped';
      }
      if (this.#stopping && generation !== undefined) {
        const lost = unreplayable(this.#stages);
        if (lost.length > 0) {
          const what = `what ${lost.join(', ')} took since the last checkpoint may be lost`;
          throw new WeirError('WEIR_LAST_CHECKPOINT', `failed while it stopped, ${what}: ${messageOf(error)}`, {
            cause: error,
          });
        }
        // It was to end anyway: from the last checkpoint it can go on as well as from a newer one.
        this.#warn(`failed while it stopped: ${messageOf(error)}`);
        return 'stopped';
      }
      await this.#afterFailure(error, generation?.suspect);
      return 'again';
    } finally {
      await generation?.close();
    }
  }

  /** The last checkpoint, with its commits done and everything gone that is no part of it. */
  async #recover(): Promise<{ manifest: Manifest | undefined; restore: HostData['restore'] }> {
    if (this.#restarts.count > 0) await this.#taken.store.reopen();
    const manifest = await this.#taken.store.manifest();
    // Before anything is touched: it may turn out to be damaged.
    const restore = manifest && manifest.closing === undefined ? await this.#restore() : undefined;
    const ever = manifest?.counters ?? NO_COUNTS;
    this.#counts = { ever, run: countsBeyond(ever, this.#before) };
    await this.#commits.close();
    this.#createCommits(manifest?.commits ?? {});
    if (manifest?.closing !== undefined) this.#commits.resume(manifest.closing);
    else if (manifest) await this.#commits.commit(manifest.epoch);
    await this.#commits.sweep();
    return { manifest, restore };
  }

  #createCheckpointer(manifest: Manifest | undefined): Checkpointer {
    return new Checkpointer({
      store: this.#taken.store,
      commits: this.#commits,
      head: this.#head,
      plan: this.#plan,
      epoch: manifest?.epoch ?? 0,
      full: isRescaled(manifest, this.#head.stages),
      before: this.#counts,
    });
  }

  #createGeneration(manifest: Manifest | undefined, restore: HostData['restore']): Generation {
    const { graph, random, clock } = this.#o;
    const epoch = manifest?.epoch ?? 0;
    const before = Object.entries(manifest?.stages ?? {}).map(([id, { parallelism }]) => [id, parallelism] as const);
    return new Generation({
      plan: this.#plan,
      threads: this.#o.threads,
      clock,
      hostModule: this.#o.hostModule,
      checkpointer: this.#checkpointer,
      answerers: this.#answerers,
      intervalMs: graph.settings.checkpointIntervalMs,
      turnLimitMs: graph.settings.turnLimitMs,
      data: {
        plan: this.#plan,
        graph: this.#marked,
        pendingFolder: pendingFolderOf(this.#o.stateFolder),
        bufferFolder: bufferFolderOf(this.#o.stateFolder),
        generation: `${epoch}.${Math.floor(random.next() * 2 ** 48).toString(36)}`,
        restarted: this.#restarts.count > 0,
        restore,
        epoch,
        before: Object.fromEntries(before),
        full: isRescaled(manifest, this.#head.stages),
        splits: this.#head.splits,
        quarantine: this.#quarantine.suspects(),
      },
      onCheckpoint: (info) => {
        this.#checkpoints++;
        this.#last = { ...info, at: clock.now() };
        this.#o.onEvent?.({ type: 'checkpoint', info });
      },
      onMessage: (event) => this.#o.onEvent?.(event),
      print: this.#o.print ?? ((_, shown) => shown()),
    });
  }

  async #restore() {
    const states = [...this.#stages.keys()].map(async (id) => [id, await this.#taken.store.stage(id)] as const);
    return Object.fromEntries(await Promise.all(states));
  }

  /** Decides between another start and the end. */
  async #afterFailure(error: unknown, suspect: Generation['suspect']): Promise<void> {
    const { clock, onEvent } = this.#o;
    if (suspect && this.#quarantine.suspect(suspect)) {
      const { stage, order } = suspect;
      onEvent?.({ type: 'quarantine', stage, order });
    }
    const data = toErrorData(error);
    // Who has a store in use at the start will have it for longer; later it may be someone who looks into it.
    if (isPermanent(data) || (data.code === 'WEIR_LOCKED' && !this.#started)) throw error;
    const inMs = this.#restarts.next(clock.monotonic());
    if (inMs === undefined) {
      const { maxRestarts, restartPeriodMs } = this.#o.graph.settings;
      const often = `${maxRestarts} restarts within ${formatDuration(restartPeriodMs)}`;
      throw new WeirError('WEIR_RESTARTS', `gave up after ${often}; the last failure: ${messageOf(error)}`, {
        cause: fromErrorData(data),
      });
    }
    onEvent?.({ type: 'restart', count: this.#restarts.count, reason: messageOf(error), inMs });
    const paused = new Promise<void>((resolve) => clock.after(inMs, resolve));
    await Promise.race([paused, this.#stopRequested]);
  }
}

/** The sinks whose records wait on the disk. */
function bufferedOf({ nodes }: Graph): ReadonlySet<string> {
  return new Set(nodes.filter(({ buffer }) => buffer !== undefined).map(({ id }) => id));
}
