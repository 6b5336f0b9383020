import { Engine } from '../run/engine.ts';
import { weirHost } from '../run/host.ts';
import type { HostData } from '../run/protocol.ts';
import type { Graph } from '../topology/graph.ts';
import type { EngineEvent, Summary } from '../topology/running.ts';
import type { Disk } from '../world/disk.ts';
import { simClock } from './clock.ts';
import { type SimMachine, simDisk } from './disk.ts';
import { Draw } from './draw.ts';
import { STATE } from './graph.ts';
import type { Scenario } from './scenario.ts';
import { Actor } from './schedule.ts';
import { type SimHost, SimThreads } from './threads.ts';
import { FrameWatch } from './watch-frames.ts';

/** Defects that a test plants around the engine, to see whether they are found. */
export interface Planted {
  disk?: (disk: Disk) => Disk;
  hostDisk?: (disk: Disk) => Disk;
  data?: (data: HostData) => HostData;
  message?: (message: unknown) => unknown;
  frame?: (from: number, to: number, channel: number, frame: Uint8Array) => readonly Uint8Array[];
}

/** What a process is made from. */
export interface ProcessOptions {
  machine: SimMachine;
  scenario: Scenario;
  graph: Graph;
  hosts: number;
  /** Its place among the processes of a run, from 1 on. */
  number: number;
  planted: Planted;
  onEvent: (event: EngineEvent) => void;
  broken: (error: unknown) => void;
}

/** How a process ended by itself. */
export type Outcome = { summary: Summary } | { error: unknown };

/** One process: an engine on a main thread, and its hosts. All of it dies with it; what the machine's disk has remains. */
export class SimProcess {
  readonly engine: Engine;
  readonly main: Actor;
  outcome: Outcome | undefined;
  #watch: FrameWatch | undefined;
  #generation = '';
  readonly #threads: SimThreads;
  readonly #machine: SimMachine;

  constructor(options: ProcessOptions) {
    const { machine, scenario, graph, hosts, number, planted, onEvent, broken } = options;
    const { schedule, draw } = machine;
    this.#machine = machine;
    this.main = new Actor(`main#${number}`);
    const see = (from: number, _to: number, channel: number, frame: Uint8Array) => {
      try {
        this.#watch?.see(from, channel, frame);
      } catch (error) {
        broken(error);
      }
    };
    this.#threads = new SimThreads({
      machine,
      main: this.main,
      module: { weirHost },
      controlMs: scenario.controlMs,
      links: {
        schedule,
        draw,
        latencyMs: scenario.linkMs,
        capacity: scenario.linkBytes,
        alter: planted.frame ?? ((_from, _to, _channel, frame) => [frame]),
        watch: see,
      },
      alterData: (data) => {
        const given = data as HostData;
        if (this.#generation !== given.generation) {
          this.#watch = new FrameWatch(given.plan, scenario.input.lanes);
          this.#generation = given.generation;
        }
        return planted.data?.(given) ?? given;
      },
      alterDisk: planted.hostDisk ?? ((disk) => disk),
      alterMessage: planted.message ?? ((message) => message),
    });
    const disk = simDisk(machine, this.main);
    this.engine = new Engine({
      graph,
      hosts,
      stateFolder: STATE,
      threads: this.#threads,
      clock: simClock(schedule, this.main),
      disk: planted.disk?.(disk) ?? disk,
      random: new Draw(`process ${number} ${draw.next()}`),
      hostModule: 'simulated',
      onEvent,
    });
    schedule.add(this.main, 0, 'run', () => {
      this.engine.run().then(
        (summary) => {
          this.outcome = { summary };
        },
        (error) => {
          this.outcome = { error };
        },
      );
    });
  }

  /** Hosts that have not ended. */
  get hosts(): SimHost[] {
    return [...this.#threads.running].filter(({ actor }) => !actor.dead);
  }

  /** The last hosts came to the end of the input. */
  checkEnd(): void {
    this.#watch?.atEnd();
  }

  /** Ends it and all its threads. */
  kill(): void {
    const { schedule, stores, holds } = this.#machine;
    schedule.kill([this.main, ...this.hosts.map(({ actor }) => actor)]);
    stores.unlock();
    holds.free();
  }
}
