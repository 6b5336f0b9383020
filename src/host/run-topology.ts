import type { Engine, EngineEvent, Summary } from '../run/engine.ts';
import type { StageMetrics } from '../run/metrics.ts';
import type { Topology } from '../topology/builder.ts';
import { topologyError } from '../topology/issue.ts';
import { attachRunner, type Running, type RunOptions } from '../topology/runner.ts';
import { launch } from './launch.ts';
import { usualThreads } from './usual-threads.ts';

/** How `topology.run` runs. */
export interface RunTopologyOptions extends RunOptions {
  /** A folder for its checkpoints. Default `data/NAME`. */
  state?: string;
  /** Forget the state of earlier runs. */
  fresh?: boolean;
  onEvent?: (event: EngineEvent) => void;
  /** Takes what sinks print; default standard output. */
  print?: (text: string, shown: () => void) => void;
}

/** A topology that runs. */
export interface RunningTopology extends Running {
  readonly finished: Promise<Summary>;
  stop(): Promise<Summary>;
  checkpoint(): Promise<void>;
  metrics(): StageMetrics[];
}

/**
 * Checks a topology and starts it on worker threads (`threads: 0` runs it on the calling thread). Resolves when it has been
 * started. Throws `WEIR_TOPOLOGY` with every fault under `data.issues`.
 */
export async function runTopology(topology: Topology, options: RunTopologyOptions = {}): Promise<RunningTopology> {
  const { set, env, threads, state, fresh, onEvent, print } = options;
  const { graph, issues } = await topology.check({ ...(set ? { set } : {}), env: env ?? process.env });
  if (graph === undefined) throw topologyError(issues);
  const { engine, close } = launch(graph, {
    threads: threads ?? graph.settings.threads ?? usualThreads(),
    stateFolder: state ?? `data/${graph.name}`,
    ...(fresh === undefined ? {} : { fresh }),
    ...(onEvent ? { onEvent } : {}),
    print: print ?? ((text, shown) => process.stdout.write(text, () => shown())),
  });
  return running(engine, close);
}

function running(engine: Engine, close: () => Promise<void>): RunningTopology {
  const finished = engine.run().finally(close);
  // A caller who only stops need not hear of a failure twice.
  finished.catch(() => {});
  return {
    finished,
    stop: async () => {
      engine.stop().catch(() => {});
      return await finished;
    },
    checkpoint: () => engine.checkpoint(),
    metrics: () => engine.metrics(),
  };
}

attachRunner((topology, options) => runTopology(topology, options as RunTopologyOptions));
