import { formatBytes, formatDuration } from '../base/units.ts';
import type { StageMetrics } from '../topology/running.ts';
import type { Clock } from '../world/clock.ts';

/** A queue so full is told of. */
const FULL = 0.1;

/** A stage's numbers with its speed since they were last read. */
export interface StageRates extends StageMetrics {
  /** Records per second, as text. */
  inRate: string;
  outRate: string;
  /** The same as numbers; undefined right after a start, when there is nothing to compare with. */
  inSpeed: number | undefined;
  outSpeed: number | undefined;
  /** Where the watermark is, as text; undefined before the first and after the last. */
  watermarkText: WatermarkText | undefined;
}

/** Makes speeds of counts. */
export class Rates {
  #before = new Map<string, StageMetrics>();
  #at = Number.NaN;

  read(metrics: readonly StageMetrics[], clock: Clock): StageRates[] {
    const at = clock.monotonic();
    const seconds = (at - this.#at) / 1000;
    const now = clock.now();
    const rates = metrics.map((stage): StageRates => {
      const before = this.#before.get(stage.stage);
      // After a restart counts begin at zero again.
      const speed = (value: number, earlier: number | undefined) =>
        earlier === undefined || value < earlier ? undefined : (value - earlier) / seconds;
      const inSpeed = speed(stage.in, before?.in);
      const outSpeed = speed(stage.out, before?.out);
      return {
        ...stage,
        inSpeed,
        outSpeed,
        inRate: rateText(inSpeed),
        outRate: rateText(outSpeed),
        watermarkText:
          Number.isFinite(stage.watermark) && stage.watermark !== 0 ? watermarkText(stage.watermark, now) : undefined,
      };
    });
    this.#at = at;
    this.#before = new Map(metrics.map((stage) => [stage.stage, stage]));
    return rates;
  }
}

const rateText = (speed: number | undefined) => (speed === undefined ? '–' : compact(speed));

/** The topology as a whole, in a line: what comes in and goes out, and what holds it up. */
export function totalText(stages: readonly StageRates[], restarts: number, now: number): string {
  const sum = (kind: string, of: 'inSpeed' | 'outSpeed') =>
    rateText(
      stages.reduce<number | undefined>((all, stage) => {
        const own = stage.kind === kind ? stage[of] : 0;
        return all === undefined || own === undefined ? undefined : all + own;
      }, 0),
    );
  const count = (of: 'late' | 'deadLetters') => stages.reduce((all, stage) => all + stage[of], 0);
  const parts = [`${sum('source', 'inSpeed')}/s in, ${sum('sink', 'outSpeed')}/s out`];
  const [behind] = stages.filter(({ watermarkText }) => watermarkText).sort((a, b) => a.watermark - b.watermark);
  if (behind?.watermarkText) parts.push(watermarkWords(behind.watermarkText));
  const [fullest] = [...stages].sort((a, b) => b.fill - a.fill);
  if (fullest && fullest.fill >= FULL) parts.push(`queue ${Math.round(fullest.fill * 100)} % at ${fullest.stage}`);
  if (count('late') > 0) parts.push(`${count('late')} late`);
  if (count('deadLetters') > 0) parts.push(`${count('deadLetters')} dead letters`);
  if (restarts > 0) parts.push(restarts === 1 ? '1 restart' : `${restarts} restarts`);
  for (const stage of stages) {
    const buffer = bufferText(stage, now);
    if (buffer !== undefined) parts.push(`${stage.stage}: ${buffer}`);
  }
  return parts.join(', ');
}

/** `watermark 1.5s behind`, `watermark at 2026-01-05T10:00Z`. */
export const watermarkWords = (watermark: WatermarkText) =>
  'at' in watermark ? `watermark at ${watermark.at}` : `watermark ${watermark.behind} behind`;

/** `1.2k records (3 MB) wait, the oldest for 5m`; undefined when none do and none was dropped. */
export function bufferText({ buffered }: StageMetrics, now: number): string | undefined {
  if (buffered === undefined || buffered.records + buffered.dropped === 0) return undefined;
  const { records, bytes, since, dropped } = buffered;
  const oldest = since === undefined ? '' : `, the oldest for ${formatDuration(Math.max(0, now - since))}`;
  const what = records === 1 ? ['record', 'waits'] : ['records', 'wait'];
  const waits = `${compact(records)} ${what[0]} (${formatBytes(bytes)}) ${what[1]} in the buffer${oldest}`;
  return dropped === 0 ? waits : `${waits}, ${dropped} dropped`;
}

/** Where a watermark is: by the clock, or in a backfill, which has nothing to do with the clock, by its own time. */
export type WatermarkText = { behind: string } | { at: string };

const DAY_MS = 86_400_000;

function watermarkText(watermark: number, now: number): WatermarkText {
  if (Math.abs(now - watermark) <= DAY_MS) return { behind: formatDuration(Math.max(0, now - watermark)) };
  const date = new Date(watermark);
  // To the minute: seconds fly by, and the column stays narrow.
  return { at: Number.isNaN(date.getTime()) ? String(watermark) : `${date.toISOString().slice(0, -8)}Z` };
}

/** `0.5`, `3`, `12`, `3.4k`, `1.2M`. */
export function compact(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (value >= 1e4) return `${(value / 1e3).toFixed(0)}k`;
  if (value >= 1e3) return `${(value / 1e3).toFixed(1)}k`;
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}
