import { messageOf } from '../../base/errors.ts';
import type { LateEntry } from '../../flow/late-journal.ts';
import { Engine } from '../../run/engine.ts';
import { weirHost } from '../../run/host.ts';
import type { Graph } from '../../topology/graph.ts';
import type { EngineEvent } from '../../topology/running.ts';
import { simClock } from '../clock.ts';
import { type SimMachine, simDisk } from '../disk.ts';
import { drive } from '../drain.ts';
import { Draw } from '../draw.ts';
import { Failures } from '../failures.ts';
import { SimFiles } from '../files.ts';
import { Holds } from '../holds.ts';
import { SimStores } from '../kv.ts';
import { Actor, Schedule } from '../schedule.ts';
import { SimThreads } from '../threads.ts';
import type { Feed } from './feed.ts';
import type { GivenStore } from './lake.ts';

/** How a test's topology is run. */
export interface RunOptions {
  graph: Graph;
  /** What the graph's sources and sinks hold on to. */
  feed: Feed;
  /** What the clock shows at the beginning, ms since the epoch. */
  clockMs: number;
  hosts: number;
  /** What is on the disk before. */
  stores?: readonly GivenStore[];
  /** The process dies while the step of this number is on its way, behind a checkpoint; then it is started again. */
  crashAt?: number;
}

/** How a run ended. What its sinks kept is in the feed. */
export interface RunResult {
  deadLetters: Record<string, unknown>[];
  /** The journal of late records. */
  late: LateEntry[];
  /** Why it failed. */
  error: string | undefined;
}

const STATE = 'state';
/** From one step of a test to the next, ms: longer than a half-full batch waits for more. */
const GAP_MS = 6;
/** What is left to do when all steps are given may wait for a tick of the hosts. */
const SETTLE_MS = 500;
/** Within this time all that goes by the clock looks at it: hosts wake their chains every 200 ms, which look every 100 ms. */
const LOOK_MS = 410;
/** A longer pause takes no longer: the clock moves on in more than five hundred steps, and they are so much larger. */
const LONGEST_MS = 120_000;
/** How many events a run may take without a step of the test's. */
const PATIENCE = 2_000_000;
/** How many events after the step that it strikes at a crash comes, at most. */
const CRASH_EVENTS = 40;
/** What every operation of disk, links and control lines takes on average, ms. */
const LATENCY_MS = 0.01;

/** The only clock of a test: what moves it are the test's own steps. */
class TestSchedule extends Schedule {
  #move = { from: 0, to: 0, since: 0, until: 0 };

  override wall(): number {
    const { from, to, since, until } = this.#move;
    if (this.now >= until) return to;
    return Math.floor(from + ((to - from) * (this.now - since)) / (until - since));
  }

  /** Moves the clock on, evenly, for so many milliseconds of the world's. */
  move(to: number, overMs: number): void {
    const from = this.wall();
    this.#move = { from, to: Math.max(from, to), since: this.now, until: this.now + overMs };
  }
}

/** Runs a graph in a simulated world: real engine and hosts, virtual time, a disk in memory. One run at a time. */
export async function runTrial(options: RunOptions): Promise<RunResult> {
  const run = new Run(options);
  process.on('unhandledRejection', run.broken);
  try {
    await drive(run.step);
    return run.result();
  } finally {
    process.off('unhandledRejection', run.broken);
  }
}

interface Process {
  engine: Engine;
  main: Actor;
  threads: SimThreads;
}

class Run {
  readonly #o: RunOptions;
  readonly #schedule: TestSchedule;
  readonly #machine: SimMachine;
  readonly #draw = new Draw('trial');
  /** Whoever stands outside and gives the test's steps. */
  readonly #world = new Actor('world');
  #process: Process;
  #processes = 0;
  #checkpointed = false;
  #crashIn = Number.POSITIVE_INFINITY;
  #idle = 0;
  /** How long the pause is that is under way, ms: some events happen in each second of it. */
  #paused = 0;
  #over = false;
  #stopping = false;
  #error: string | undefined;
  #restarted: string | undefined;

  constructor(options: RunOptions) {
    this.#o = options;
    this.#schedule = new TestSchedule(new Draw('trial schedule'), 0);
    this.#schedule.move(options.clockMs, 0);
    const draw = new Draw('trial disk');
    this.#machine = {
      schedule: this.#schedule,
      draw: this.#draw,
      files: new SimFiles(draw),
      stores: new SimStores(),
      failures: new Failures(draw),
      holds: new Holds(),
      latencyMs: LATENCY_MS,
    };
    for (const { path, writes } of options.stores ?? []) this.#machine.stores.get(path).write(writes, true);
    this.#process = this.#start();
    this.#later(() => this.#conduct(this.#process));
  }

  readonly broken = (error: unknown): void => {
    this.#error ??= messageOf(error);
    this.#over = true;
  };

  /** Takes one event. False when the run is over. */
  readonly step = (): boolean => {
    if (this.#over) return false;
    const event = this.#schedule.take();
    if (event === undefined || ++this.#idle > PATIENCE + this.#paused) {
      this.broken(new Error(`the run does not come to its end${this.#restarted ? `: ${this.#restarted}` : ''}`));
      return false;
    }
    try {
      event.task();
    } catch (error) {
      this.broken(error);
    }
    if (this.#crashIn-- <= 0) this.#crash();
    return !this.#over;
  };

  #start(): Process {
    const { schedule, draw } = this.#machine;
    const { graph, hosts } = this.#o;
    const main = new Actor(`main#${++this.#processes}`);
    const threads = new SimThreads({
      machine: this.#machine,
      main,
      module: { weirHost },
      controlMs: LATENCY_MS,
      links: {
        schedule,
        draw,
        latencyMs: LATENCY_MS,
        capacity: 2 ** 20,
        alter: (_from, _to, _channel, frame) => [frame],
        watch: () => {},
      },
      alterData: (data) => data,
      alterDisk: (disk) => disk,
      alterMessage: (message) => message,
    });
    const engine = new Engine({
      graph,
      hosts,
      stateFolder: STATE,
      threads,
      clock: simClock(schedule, main),
      disk: simDisk(this.#machine, main),
      random: new Draw(`process ${this.#processes}`),
      hostModule: 'simulated',
      onEvent: (event) => this.#onEvent(event),
    });
    const ended = (error?: unknown) => {
      if (main.dead) return;
      if (error !== undefined) this.#error ??= messageOf(error);
      this.#over = true;
    };
    schedule.add(main, 0, 'run', () => {
      engine.run().then(() => ended(), ended);
    });
    return { engine, main, threads };
  }

  #onEvent(event: EngineEvent): void {
    if (event.type === 'restart') this.#restarted = event.reason;
  }

  #later(task: () => void, ms = GAP_MS): void {
    this.#schedule.add(this.#world, ms, 'timer', task);
  }

  /** Gives the next step once everything that the one before set going has come to rest. */
  #conduct(process: Process): void {
    const { feed, crashAt } = this.#o;
    const { engine } = process;
    const again = () => this.#conduct(process);
    if (this.#over || this.#stopping || process !== this.#process) return;
    if (!feed.ready || !this.#schedule.quiet) {
      this.#later(again, GAP_MS / 10);
      return;
    }
    if (this.#crashIn < Number.POSITIVE_INFINITY) {
      // The step has come to rest before its time: the crash strikes now.
      this.#crash();
      return;
    }
    const turn = feed.turn;
    if (turn === undefined) {
      if (!feed.end) {
        this.#stopping = true;
        this.#later(() => void engine.stop().catch(() => {}), SETTLE_MS);
      }
      return;
    }
    this.#idle = 0;
    if (turn.number === crashAt && this.#processes === 1 && !this.#checkpointed) {
      this.#checkpointed = true;
      engine.checkpoint().catch(() => {});
      this.#later(again);
      return;
    }
    const give = () => {
      if (turn.number === crashAt && this.#processes === 1) this.#crashIn = this.#draw.int(CRASH_EVENTS);
      feed.allow(turn);
      this.#later(again);
    };
    const waitMs = turn.at - this.#schedule.wall();
    this.#paused = Math.max(0, waitMs);
    if (waitMs <= 0) {
      give();
      return;
    }
    // What goes by the clock has seen where it comes to before the step is given.
    const pauseMs = Math.max(this.#pause(waitMs), LOOK_MS);
    this.#schedule.move(turn.at, pauseMs - LOOK_MS);
    this.#later(give, pauseMs);
  }

  /** Event time goes on with the clock while a source is quiet, so that a pause takes as long as it is. */
  get #isTimed(): boolean {
    return this.#o.graph.nodes.some(({ time }) => time?.quietMs !== undefined);
  }

  /** How long a pause really takes: in a long one the clock is quick, for nothing but idleness and quiet go by how long it took. */
  #pause(ms: number): number {
    if (this.#isTimed) return ms;
    return Math.min(
      ms,
      Math.max(LONGEST_MS, ...this.#o.graph.nodes.map(({ time }) => SETTLE_MS + (time?.idleMs ?? 0))),
    );
  }

  /** The process dies with all its threads; what is on the disk remains. */
  #crash(): void {
    const at = this.#o.crashAt ?? 0;
    this.#crashIn = Number.POSITIVE_INFINITY;
    const { main, threads } = this.#process;
    if (this.#over || main.dead) return;
    this.#schedule.kill([main, ...[...threads.running].map(({ actor }) => actor)]);
    this.#machine.stores.unlock();
    const { feed } = this.#o;
    // What event time has come to by the clock is in the checkpoint, but for the pause that the crash has cut off.
    const from = this.#isTimed ? at : 0;
    const pauses = feed.steps.map(({ step, number }) =>
      number >= from && number <= at && step.kind === 'advance' ? step.ms : 0,
    );
    feed.reset();
    this.#process = this.#start();
    // What was idle before it died is idle again only after as long a time: nothing of that is in a checkpoint.
    this.#later(() => this.#conduct(this.#process), this.#pause(Math.max(GAP_MS, ...pauses)));
  }

  result(): RunResult {
    const linesOf = (name: string) => {
      const text = new TextDecoder().decode(this.#machine.files.find(`${STATE}/${name}`)?.bytes);
      return text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    };
    return { deadLetters: linesOf('dead-letters.ndjson'), late: linesOf('late.ndjson'), error: this.#error };
  }
}
