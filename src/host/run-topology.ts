import { WeirError } from '../base/errors.ts';
import { printable } from '../base/printable.ts';
import type { Engine } from '../run/engine.ts';
import type { Topology } from '../topology/builder.ts';
import { topologyError } from '../topology/issue.ts';
import { attachRunner } from '../topology/runner.ts';
import type { Running, RunOptions } from '../topology/running.ts';
import { MOST_THREADS } from '../world/threads.ts';
import { launch } from './launch.ts';
import { usualThreads } from './usual-threads.ts';

/**
 * Checks a topology and starts it on worker threads (`threads: 0` runs it on the calling thread). Resolves when its first
 * stages run, rejects when it cannot be started. Throws `WEIR_TOPOLOGY` with every fault under `data.issues`, `WEIR_USAGE` for
 * what is no number of threads.
 */
export async function runTopology(topology: Topology, options: RunOptions = {}): Promise<Running> {
  const { set, env, threads, state, fresh, onEvent, print } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 0 && threads <= MOST_THREADS)) {
    throw new WeirError(
      'WEIR_USAGE',
      `threads: ${printable(String(threads))} is not a whole number from 0 to ${MOST_THREADS}`,
    );
  }
  const { graph, issues } = await topology.check({ ...(set ? { set } : {}), env: env ?? process.env });
  if (graph === undefined) throw topologyError(issues);
  let begun = () => {};
  const started = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const { engine, close } = launch(graph, {
    threads: threads ?? graph.settings.threads ?? usualThreads(),
    stateFolder: state ?? `data/${graph.name}`,
    ...(fresh === undefined ? {} : { fresh }),
    onEvent: (event) => {
      onEvent?.(event);
      if (event.type === 'started') begun();
    },
    print: print ?? ((text, shown) => process.stdout.write(text, () => shown())),
  });
  const run = running(engine, close);
  await Promise.race([started, run.finished]);
  return run;
}

function running(engine: Engine, close: () => Promise<void>): Running {
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

attachRunner(runTopology);
