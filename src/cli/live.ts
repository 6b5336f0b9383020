import { clearScreenDown, moveCursor } from 'node:readline';
import type { WriteStream } from 'node:tty';
import { stripVTControlCharacters, styleText } from 'node:util';
import { printable } from '../base/printable.ts';
import { formatBytes, formatDuration } from '../base/units.ts';
import type { Engine } from '../run/engine.ts';
import type { Graph } from '../topology/graph.ts';
import type { EngineEvent } from '../topology/running.ts';
import type { Cancel, Clock } from '../world/clock.ts';
import { bufferText, Rates, type StageRates, type WatermarkText } from './rates.ts';
import type { Display } from './run-file.ts';

const EVERY_MS = 500;
/** After the start, so that the stages and then the first numbers stand there at once. */
const FIRST_MS = 40;
const KEPT_LINES = 8;

/** As many of the last lines are shown however long the table is. */
const LEAST_NEWEST = 3;

interface Lines {
  top: string[];
  newest: string[];
}

/** The terminal while a topology runs: a line per stage, what sinks printed last, the last checkpoint. */
export class LiveView implements Display {
  readonly #to: WriteStream;
  readonly #clock: Clock;
  readonly #rates = new Rates();
  readonly #printed: string[] = [];
  readonly #events: string[] = [];
  #cancel: Cancel = () => {};
  #drawn = 0;
  #begun = 0;
  #draw: () => void = () => {};

  constructor(to: WriteStream, clock: Clock) {
    this.#to = to;
    this.#clock = clock;
  }

  start(graph: Graph, engine: Engine): void {
    this.#begun = this.#clock.monotonic();
    this.#draw = () => this.#show(this.#lines(graph, engine));
    this.#tick(FIRST_MS);
  }

  #tick(ms: number): void {
    this.#cancel();
    this.#draw();
    this.#cancel = this.#clock.after(ms, () => this.#tick(EVERY_MS));
  }

  event(event: EngineEvent): void {
    const text = describe(event);
    if (text !== undefined) this.#keep(this.#events, printable(text), 4);
    if (event.type === 'started') this.#tick(FIRST_MS);
  }

  print(text: string, shown: () => void): void {
    for (const line of text.trimEnd().split('\n').slice(-KEPT_LINES)) this.#keep(this.#printed, line, KEPT_LINES);
    shown();
  }

  #keep(lines: string[], text: string, limit: number): void {
    lines.push(text);
    if (lines.length > limit) lines.shift();
  }

  end(): void {
    this.#cancel();
    this.#draw();
  }

  #lines(graph: Graph, engine: Engine): Lines {
    const dim = (text: string) => styleText('dim', text);
    const stages = this.#rates.read(engine.metrics(), this.#clock);
    const name = styleText('bold', graph.name);
    const ran = formatDuration(this.#clock.monotonic() - this.#begun);
    const top = [`${name} ${dim(`running ${ran}, Ctrl-C drains and stops`)}`, ''];
    top.push(...table(stages, engine.restarts));
    const lines: string[] = [];
    const last = engine.lastCheckpoint;
    if (last) {
      const age = formatDuration(this.#clock.now() - last.at);
      const size = formatBytes(last.bytes);
      lines.push(
        '',
        dim(`checkpoint ${last.epoch}, ${age} ago, took ${formatDuration(last.durationMs)}, ${size} of state`),
      );
    }
    for (const stage of stages) {
      const text = bufferText(stage, this.#clock.now());
      if (text !== undefined) lines.push('', dim(`${stage.stage}: ${text}`));
    }
    if (this.#printed.length > 0) lines.push('', ...this.#printed);
    if (this.#events.length > 0) lines.push('', ...this.#events.map(dim));
    return { top, newest: lines };
  }

  /** In a terminal too short for all, the table comes first, and of the rest what came last. */
  #show({ top, newest }: Lines): void {
    // A terminal may not know its size, or say 0.
    const columns = this.#to.columns || 80;
    const room = Math.max(1, (this.#to.rows || 24) - 1);
    const first = top.slice(0, Math.max(1, room - Math.min(newest.length, LEAST_NEWEST)));
    const last = newest.slice(Math.max(0, newest.length - (room - first.length)));
    const fitting = [...first, ...last].map((line) => cut(line, columns - 1));
    if (this.#drawn > 0) moveCursor(this.#to, 0, -this.#drawn);
    this.#to.write('\r');
    clearScreenDown(this.#to);
    this.#to.write(`${fitting.join('\n')}\n`);
    this.#drawn = fitting.length;
  }
}

/** Cuts a line to the terminal's width; a line with colours that is too long loses them. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : `${plain.slice(0, columns - 1)}…`;
}

function table(stages: readonly StageRates[], restarts: number): string[] {
  const head = ['stage', 'in/s', 'out/s', 'queue', 'behind', 'late', 'dead', 'restarts'];
  const rows = stages.map((stage) => [
    stage.parallelism > 1 ? `${stage.stage} ×${stage.parallelism}` : stage.stage,
    stage.inRate,
    stage.outRate,
    stage.kind === 'source' ? (stage.held > 0 ? 'held' : '') : `${Math.round(stage.fill * 100)}%`,
    progress(stage.watermarkText),
    stage.late === 0 ? '' : String(stage.late),
    stage.deadLetters === 0 ? '' : String(stage.deadLetters),
    String(restarts),
  ]);
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] as string).length)));
  const line = (cells: string[]) =>
    cells
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] as number) : cell.padStart(widths[i] as number)))
      .join('  ');
  return [styleText('dim', line(head)), ...rows.map(line)];
}

function progress(watermark: WatermarkText | undefined): string {
  if (watermark === undefined) return '';
  return 'at' in watermark ? `at ${watermark.at}` : watermark.behind;
}

function describe(event: EngineEvent): string | undefined {
  switch (event.type) {
    case 'started':
      return event.resumed ? `resumed from checkpoint ${event.epoch}` : undefined;
    case 'restart':
      return `restart ${event.count}: ${event.reason}`;
    case 'quarantine':
      return `record ${event.order} brought ${event.stage} down twice: it goes to the dead letters`;
    case 'log':
      return event.stage === '' ? event.text : `${event.stage}: ${event.text}`;
    default:
      return undefined;
  }
}
