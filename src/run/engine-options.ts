import type { Graph } from '../topology/graph.ts';
import type { EngineEvent } from '../topology/running.ts';
import type { Clock } from '../world/clock.ts';
import type { Disk } from '../world/disk.ts';
import type { Random } from '../world/random.ts';
import type { Threads } from '../world/threads.ts';

/** What an engine is made from. */
export interface EngineOptions {
  graph: Graph;
  /** How many hosts. */
  hosts: number;
  /** A folder of this topology's own. */
  stateFolder: string;
  /** Forget the state of earlier runs. */
  fresh?: boolean;
  /** Shows what sinks print; calls `shown` when it is out. Default: it is dropped. */
  print?: (text: string, shown: () => void) => void;
  threads: Threads;
  clock: Clock;
  disk: Disk;
  random: Random;
  /** URL of the module that hosts run. */
  hostModule: string;
  onEvent?: (event: EngineEvent) => void;
}
