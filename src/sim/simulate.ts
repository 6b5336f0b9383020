import { messageOf } from '../base/errors.ts';
import { loadStages } from '../topology/load-stages.ts';
import type { EngineEvent } from '../topology/running.ts';
import { drive } from './drain.ts';
import { Draw } from './draw.ts';
import { INJECTED } from './failures.ts';
import { type Fault, faultsText } from './fault.ts';
import { graphOf, STATE } from './graph.ts';
import { readHeld } from './held.ts';
import { compare } from './oracle.ts';
import { type Planted, SimProcess } from './process.ts';
import type { Scenario } from './scenario.ts';
import { strike } from './strike.ts';
import { Trace } from './trace.ts';
import { watchLocals } from './watch-locals.ts';
import { manifestOf, StateWatch } from './watch-state.ts';
import { createMachine } from './world.ts';

/** How many steps a run may take from its last fault on. */
const LIVE_STEPS = 150_000;

/** What a run is made from. The same options give the same run, step by step. */
export interface SimOptions {
  seed: string;
  scenario: Scenario;
  faults: readonly Fault[];
  planted?: Planted;
}

/** How a run went. */
export interface SimResult {
  steps: number;
  /** Faults that struck; the others came after the end, or found nothing to strike. */
  struck: Fault[];
  processes: number;
  checkpoints: number;
  /** Records that came too late, of a run that came to its end. */
  late: number;
  /** A number that stands for every step and for what the sinks hold. */
  hash: string;
  failure: { step: number; what: string; stack: string; last: string[] } | undefined;
}

/**
 * Runs a topology in a simulated world, through all faults, to the end of its input, and compares what its sinks hold with
 * what the oracle computes. One run at a time: it watches classes of the engine while it lasts.
 */
export async function simulate(options: SimOptions): Promise<SimResult> {
  const graph = graphOf(options.scenario);
  // So that no module has to be loaded within the run.
  await loadStages(graph);
  const run = new Simulation(options);
  const unwatch = watchLocals(run.broken);
  process.on('unhandledRejection', run.broken);
  try {
    await drive(run.step);
    return run.result();
  } finally {
    process.off('unhandledRejection', run.broken);
    unwatch();
  }
}

class Simulation {
  readonly #options: SimOptions;
  readonly #graph;
  readonly #machine;
  readonly #watch: StateWatch;
  readonly #draw: Draw;
  readonly #trace = new Trace();
  readonly #faults: Fault[];
  readonly #struck: Fault[] = [];
  #process: SimProcess | undefined;
  #processes = 0;
  #checkpoints = 0;
  #late = 0;
  #lastFault = 0;
  #done = false;
  #failure: SimResult['failure'];

  constructor(options: SimOptions) {
    const { seed, scenario, faults } = options;
    this.#options = options;
    this.#graph = graphOf(scenario);
    this.#machine = createMachine(seed, scenario);
    // What a fault strikes differs from step to step, although all before it is the same.
    this.#draw = new Draw(`strike ${seed} ${faultsText(faults)}`);
    this.#faults = [...faults].sort((a, b) => a.step - b.step);
    const store = this.#machine.stores.get(`${STATE}/state`);
    this.#watch = new StateWatch(this.#machine.files, store);
    this.#machine.stores.onBatch = (_, batch) => this.#holds(() => this.#watch.onBatch(batch));
  }

  /** Something that may never be has been seen. */
  readonly broken = (error: unknown): void => {
    if (this.#failure !== undefined) return;
    const stack = (error instanceof Error && error.stack) || '';
    this.#failure = { step: this.#trace.steps, what: messageOf(error), stack, last: this.#trace.last };
  };

  /** Takes one step. False when the run is over. */
  readonly step = (): boolean => {
    if (this.#failure !== undefined || this.#done) return false;
    this.#process ??= this.#start();
    if (this.#process.outcome !== undefined) this.#ended(this.#process);
    else this.#next(this.#process);
    return true;
  };

  #start(): SimProcess {
    const { scenario, planted = {} } = this.#options;
    this.#processes++;
    const rescaled = scenario.rescales && this.#processes > 1 ? 1 + this.#draw.int(3) : scenario.hosts;
    return new SimProcess({
      machine: this.#machine,
      scenario,
      graph: this.#graph,
      hosts: rescaled,
      number: this.#processes,
      planted,
      onEvent: (event) => this.#holds(() => this.#onEvent(event)),
      broken: this.broken,
    });
  }

  #next(process: SimProcess): void {
    const { schedule } = this.#machine;
    const event = schedule.take();
    if (event === undefined) {
      this.broken(new Error('nothing is left to happen, but the run is not over'));
      return;
    }
    this.#trace.add(event, schedule.now);
    try {
      event.task();
    } catch (error) {
      const host = process.hosts.find(({ actor }) => actor === event.actor);
      // Uncaught in a thread, it ends the thread; and the reason of the restart is then found to be none of ours.
      if (host) host.end({ kind: 'error', error: { name: 'Error', message: messageOf(error) } });
      else this.broken(error);
    }
    this.#strike(process);
    const since = this.#trace.steps - this.#lastFault;
    if (since > LIVE_STEPS) this.broken(new Error(`not over ${since} steps after the last fault`));
  }

  #strike(process: SimProcess): void {
    while (this.#faults[0] !== undefined && this.#faults[0].step <= this.#trace.steps) {
      const fault = this.#faults.shift() as Fault;
      const struck = strike(fault.kind, { machine: this.#machine, process, draw: this.#draw });
      if (struck === false) continue;
      this.#struck.push(fault);
      this.#lastFault = this.#trace.steps;
      if (struck !== 'died') continue;
      this.#process = undefined;
      return;
    }
  }

  #onEvent(event: EngineEvent): void {
    if (event.type === 'started') this.#watch.onStart(event.epoch);
    if (event.type === 'checkpoint') {
      this.#checkpoints++;
      this.#watch.onCheckpoint(event.info.epoch);
    }
    if (event.type === 'restart' && !this.#expected(event.reason)) throw new Error(`restarted: ${event.reason}`);
  }

  /** Whether a fault explains what an engine stumbled over. */
  #expected(reason: string): boolean {
    if (reason.includes(INJECTED)) return true;
    const ofHost = this.#struck.some(({ kind }) => kind.startsWith('host-') || kind === 'stall');
    return ofHost && /^host \d+ (exited|was killed|hung)/.test(reason);
  }

  #ended(process: SimProcess): void {
    const { outcome } = process;
    process.kill();
    this.#process = undefined;
    if (outcome === undefined) return;
    if ('error' in outcome) {
      if (!this.#expected(messageOf(outcome.error))) this.broken(outcome.error);
    } else if (outcome.summary.finished) this.#holds(() => this.#finish(process));
  }

  #finish(process: SimProcess): void {
    const { scenario } = this.#options;
    const { files, stores } = this.#machine;
    this.#done = true;
    process.checkEnd();
    const left = files.list(`${STATE}/pending`);
    if (left.length > 0) throw new Error(`${left[0]} was left behind`);
    // What is finished is durable.
    files.cutPower();
    stores.cutPower(this.#draw);
    const wrong = compare(scenario, readHeld(files, scenario));
    if (wrong !== undefined) throw new Error(wrong);
    const manifest = manifestOf(stores.get(`${STATE}/state`));
    if (manifest?.finished !== true) throw new Error('the run is over, but its last manifest does not say so');
    const { outcome } = process;
    const { recordsIn, late } = manifest.counters;
    this.#late = late;
    const counted = outcome && 'summary' in outcome ? outcome.summary.recordsIn : 0;
    if (this.#processes === 1 && counted !== recordsIn) throw new Error(`${counted} records reported of ${recordsIn}`);
    const { lanes, count } = scenario.input;
    if (recordsIn !== lanes * count) throw new Error(`${recordsIn} records counted of ${lanes * count}`);
  }

  #holds(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.broken(error);
    }
  }

  result(): SimResult {
    return {
      steps: this.#trace.steps,
      struck: this.#struck,
      processes: this.#processes,
      checkpoints: this.#checkpoints,
      late: this.#late,
      hash: this.#trace.hash,
      failure: this.#failure,
    };
  }
}
