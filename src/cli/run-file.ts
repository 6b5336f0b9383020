import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { toErrorData } from '../base/errors.ts';
import { masker as maskerOf } from '../base/mask.ts';
import { formatDuration } from '../base/units.ts';
import { realClock } from '../host/clock.ts';
import { launch } from '../host/launch.ts';
import { usualThreads } from '../host/usual-threads.ts';
import type { WarmThreads } from '../host/warm-threads.ts';
import type { Engine } from '../run/engine.ts';
import type { Graph } from '../topology/graph.ts';
import { builtIn } from '../topology/registry.ts';
import type { EngineEvent, Summary } from '../topology/running.ts';
import { described } from './described.ts';
import { GoingOn } from './going-on.ts';
import { LiveView } from './live.ts';
import { loadTopology, MODULES } from './load.ts';
import { PlainLog } from './plain-log.ts';
import { whenReaderLeaves } from './reader.ts';
import type { RunOptions } from './run.ts';
import { masker, secretsOf } from './secrets.ts';
import { stopOnSignals } from './signals.ts';

/** A stop that lasts longer says why. */
const LONG_STOP_MS = 2000;
const STOPPING =
  'stopping: what is on its way, the last checkpoint and systems that do not answer are waited for, 15 s in all. Another Ctrl-C ends at once, and loses nothing but the time since the checkpoint before';

/** What shows a run to the person who started it. */
export interface Display {
  start(graph: Graph, engine: Engine): void;
  event(event: EngineEvent): void;
  print(text: string, shown: () => void): void;
  end(): void;
}

/** Options of {@link runFile}: as they were read. */
interface ReadOptions extends Omit<RunOptions, 'for' | 'threads'> {
  forMs: number | undefined;
  threads: number | undefined;
}

/** Reads a topology and runs it on threads that may still be coming up. Gives the exit code. */
export async function runFile(file: string, options: ReadOptions, warm: WarmThreads): Promise<number> {
  const { forMs, threads } = options;
  builtIn.onImport = warm.preload;
  const { graph, mask } = await read(file, options.set ?? []).catch(async (error) => {
    await warm.threads.close();
    throw error;
  });
  const display: Display =
    process.stdout.isTTY && !options.json
      ? new LiveView(process.stdout, realClock)
      : new PlainLog(process.stderr, realClock);
  const goingOn = new GoingOn(realClock);
  const { engine, close } = launch(graph, {
    threads: threads ?? graph.settings.threads ?? usualThreads(),
    warm,
    stateFolder: options.state ?? `data/${graph.name}`,
    fresh: options.fresh ?? false,
    onEvent: (event) => {
      goingOn.event(event);
      display.event(masked(event, mask));
    },
    print: (text, shown) => display.print(text, shown),
  });
  const note = (text: string) => display.event({ type: 'log', level: 'info', stage: graph.name, text });
  let cancelNote = () => {};
  const stop = () => {
    cancelNote();
    cancelNote = realClock.after(LONG_STOP_MS, () => note(STOPPING));
    goingOn.stopping();
    engine.stop().catch(() => {});
  };
  const cancel = stopOnSignals(stop, forMs);
  whenReaderLeaves(() => {
    note('whoever read the output has gone: stopping');
    stop();
  });
  display.start(graph, engine);
  try {
    const summary = await engine.run();
    display.end();
    report(graph, summary, options.json === true, goingOn);
    return 0;
  } catch (error) {
    display.end();
    process.stderr.write(`weir: ${mask(described(error))}\n`);
    if (options.json) {
      const { code, message } = toErrorData(error);
      process.stdout.write(`${JSON.stringify({ ...engine.soFar(), error: { code, message: mask(message) } })}\n`);
    }
    return 1;
  } finally {
    cancel();
    cancelNote();
    await close();
  }
}

async function read(file: string, set: string[]): Promise<{ graph: Graph; mask: (text: string) => string }> {
  const graph = await loadTopology(file, set);
  const hide = masker(secretsOf(graph, MODULES.has(extname(file)) ? '' : await readFile(file, 'utf8')));
  const rest = maskerOf(graph.masks ?? []);
  return { graph, mask: (text) => hide(rest(text)) };
}

function masked(event: EngineEvent, mask: (text: string) => string): EngineEvent {
  if (event.type === 'restart') return { ...event, reason: mask(event.reason) };
  return event.type === 'log' ? { ...event, text: mask(event.text) } : event;
}

function report(graph: Graph, summary: Summary, json: boolean, goingOn: GoingOn): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  const n = (value: number) => value.toLocaleString('en-US');
  const parts = [
    `${n(summary.recordsIn)} records in`,
    `${n(summary.recordsOut)} out`,
    `${n(summary.late)} late`,
    `${n(summary.deadLetters)} dead letters`,
    `${n(summary.restarts)} restarts`,
    `${n(summary.checkpoints)} checkpoints`,
  ];
  const how = summary.finished ? 'finished' : goingOn.text;
  process.stderr.write(`${graph.name}: ${parts.join(', ')} in ${formatDuration(summary.durationMs)} (${how})\n`);
}
