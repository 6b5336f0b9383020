import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { messageOf, toErrorData, WeirError } from '../base/errors.ts';
import { masker as maskerOf } from '../base/mask.ts';
import { formatDuration, parseDuration } from '../base/units.ts';
import { realClock } from '../host/clock.ts';
import { launch, warmThreads } from '../host/launch.ts';
import { usualThreads } from '../host/usual-threads.ts';
import type { Engine } from '../run/engine.ts';
import type { Graph } from '../topology/graph.ts';
import type { EngineEvent, Summary } from '../topology/running.ts';
import { described } from './described.ts';
import { LiveView } from './live.ts';
import { loadTopology, MODULES } from './load.ts';
import { PlainLog } from './plain-log.ts';
import { whenReaderLeaves } from './reader.ts';
import { masker, secretsOf } from './secrets.ts';
import { stopOnSignals } from './signals.ts';

/** Options of `weir run`. */
export interface RunOptions {
  set?: string[];
  state?: string;
  threads?: string;
  for?: string;
  fresh?: boolean;
  json?: boolean;
}

/** What shows a run to the person who started it. */
export interface Display {
  start(graph: Graph, engine: Engine): void;
  event(event: EngineEvent): void;
  print(text: string, shown: () => void): void;
  end(): void;
}

/** `weir run FILE`: runs a topology until its input ends, `--for` is over, or Ctrl-C. Gives the exit code. */
export async function runCommand(file: string, options: RunOptions): Promise<number> {
  const forMs = options.for === undefined ? undefined : duration(options.for);
  const threads = options.threads === undefined ? undefined : count(options.threads);
  if (options.state === '') throw new WeirError('WEIR_USAGE', '--state: a folder has a name');
  const warm = warmThreads(threads ?? usualThreads());
  const { graph, mask } = await read(file, options.set ?? []).catch(async (error) => {
    await warm.threads.close();
    throw error;
  });
  const display: Display =
    process.stdout.isTTY && !options.json
      ? new LiveView(process.stdout, realClock)
      : new PlainLog(process.stderr, realClock);
  const { engine, close } = launch(graph, {
    threads: threads ?? graph.settings.threads ?? usualThreads(),
    warm,
    stateFolder: options.state ?? `data/${graph.name}`,
    fresh: options.fresh ?? false,
    onEvent: (event) => display.event(masked(event, mask)),
    print: (text, shown) => display.print(text, shown),
  });
  const stop = () => void engine.stop().catch(() => {});
  const cancel = stopOnSignals(stop, forMs);
  whenReaderLeaves(() => {
    const text = 'whoever read the output has gone: stopping';
    display.event({ type: 'log', level: 'info', stage: graph.name, text });
    stop();
  });
  display.start(graph, engine);
  try {
    const summary = await engine.run();
    display.end();
    report(graph, summary, options.json === true);
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

function report(graph: Graph, summary: Summary, json: boolean): void {
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
  const how = summary.finished ? 'finished' : 'stopped; the same command goes on from here';
  process.stderr.write(`${graph.name}: ${parts.join(', ')} in ${formatDuration(summary.durationMs)} (${how})\n`);
}

function duration(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `--for: ${messageOf(error)}`);
  }
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 256) return value;
  throw new WeirError('WEIR_USAGE', `--threads: '${text}' is not a whole number from 1 to 256`);
}
