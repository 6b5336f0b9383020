import { Engine } from '../../src/run/engine.ts';
import { weirHost } from '../../src/run/host.ts';
import { simClock } from '../../src/sim/clock.ts';
import { simDisk } from '../../src/sim/disk.ts';
import { drive } from '../../src/sim/drain.ts';
import { Draw } from '../../src/sim/draw.ts';
import { smallScenario } from '../../src/sim/scenario.ts';
import { Actor } from '../../src/sim/schedule.ts';
import { SimThreads } from '../../src/sim/threads.ts';
import { createMachine } from '../../src/sim/world.ts';
import { checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';
import { loadStages } from '../../src/topology/load-stages.ts';
import type { StageMetrics, Summary } from '../../src/topology/running.ts';

/** Runs a topology in the simulated world to its end; the bytes that it wrote to `out.ndjson`. `see` gets its numbers after each step. */
export async function runText(
  text: string,
  hosts: number,
  see: (metrics: StageMetrics[]) => void = () => {},
): Promise<{ out: string; summary: Summary; took: number }> {
  const { graph, issues } = await checkText(text, { file: 't.json', base: import.meta.url });
  if (graph === undefined) throw new Error(issues.map(formatIssue).join('\n'));
  // No module may have to be loaded within the run.
  await loadStages(graph);
  const scenario = smallScenario('paced');
  const machine = createMachine('paced', scenario);
  const { schedule, draw } = machine;
  const main = new Actor('main');
  const threads = new SimThreads({
    machine,
    main,
    module: { weirHost },
    controlMs: scenario.controlMs,
    links: {
      ...{ schedule, draw, latencyMs: scenario.linkMs, capacity: scenario.linkBytes, watch() {} },
      alter: (_from, _to, _channel, frame) => [frame],
    },
    alterData: (data) => data,
    alterDisk: (disk) => disk,
    alterMessage: (message) => message,
  });
  const engine = new Engine({
    ...{ graph, hosts, stateFolder: 'state', threads, hostModule: 'simulated' },
    clock: simClock(schedule, main),
    disk: simDisk(machine, main),
    random: new Draw('engine'),
  });
  let summary: Summary | undefined;
  let failed: unknown;
  schedule.add(main, 0, 'run', () => {
    engine.run().then(
      (is) => {
        summary = is;
      },
      (error) => {
        failed = error;
      },
    );
  });
  await drive(() => {
    if (summary !== undefined || failed !== undefined) return false;
    const event = schedule.take();
    if (event === undefined) throw new Error('nothing is left to happen');
    event.task();
    see(engine.metrics());
    return true;
  });
  if (summary === undefined) throw failed;
  const out = new TextDecoder().decode(machine.files.find('out.ndjson')?.bytes);
  return { out, summary, took: summary.durationMs };
}
