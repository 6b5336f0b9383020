import { fitsDate } from '../base/time.ts';
import { formatDuration } from '../base/units.ts';
import type { LateEntry } from '../flow/late-journal.ts';

/** What is needed to keep some of a stage's late records. */
export interface LateAdvice {
  /** The source that the watermark came from. */
  source: string;
  outOfOrderMs: number;
  /** How many it would have kept, of all late records of the stage that are known. */
  keeps: number;
  of: number;
}

/** The late records of a journal by stage, in the order in which stages first had one. */
export function byStage(entries: readonly LateEntry[]): Map<string, LateEntry[]> {
  const stages = new Map<string, LateEntry[]>();
  for (const entry of entries) {
    const list = stages.get(entry.stage) ?? [];
    list.push(entry);
    stages.set(entry.stage, list);
  }
  return stages;
}

/**
 * What `outOfOrder` would have kept half of a stage's late records, and all, by the source that the watermark came from. So
 * much more of it means so much less watermark at every moment.
 */
export function adviceFor(entries: readonly LateEntry[]): LateAdvice[] {
  const needs = new Map<string, number[]>();
  for (const { by, lateByMs } of entries) {
    if (by === undefined) continue;
    const list = needs.get(by.source) ?? [];
    list.push(by.outOfOrderMs + lateByMs);
    needs.set(by.source, list);
  }
  return [...needs].flatMap(([source, list]) => {
    const sorted = list.sort((a, b) => a - b);
    const wanted = [sorted[(sorted.length - 1) >> 1] as number, sorted.at(-1) as number].map(rounded);
    return [...new Set(wanted)].map((outOfOrderMs) => {
      return { source, outOfOrderMs, keeps: sorted.filter((ms) => ms <= outOfOrderMs).length, of: entries.length };
    });
  });
}

/** Up to what a person would write, and a duration can say. */
function rounded(ms: number): number {
  const step = ms > 86_400_000 ? 3_600_000 : ms > 600_000 ? 60_000 : ms > 10_000 ? 1000 : ms > 1000 ? 100 : 1;
  return Math.ceil(ms / step) * step;
}

/** The lines that explain a stage's late records, the last `limit` of them, and what would have kept them. */
export function stageLines(
  stage: string,
  entries: readonly LateEntry[],
  limit: number,
  streamOf: (source: string) => string,
): string[] {
  const shown = entries.slice(-limit);
  const count = `${entries.length} late ${entries.length === 1 ? 'record' : 'records'}`;
  const some = shown.length < entries.length ? `, of which the last ${shown.length}` : '';
  const advice = adviceFor(entries).map(({ source, outOfOrderMs, keeps, of }) => {
    return `  outOfOrder: ${formatDuration(outOfOrderMs)} on stream ${streamOf(source)} would have kept ${keeps} of ${of}`;
  });
  return [`${stage}: ${count}${some}`, ...shown.flatMap((entry) => entryLines(entry, streamOf)), ...advice];
}

function entryLines(entry: LateEntry, streamOf: (source: string) => string): string[] {
  const { time, order, key, watermark, windowEnd, allowedLatenessMs, lateByMs, by } = entry;
  const open = allowedLatenessMs > 0 ? `, open ${formatDuration(allowedLatenessMs)} longer` : '';
  const lines = [
    `  ${iso(time)}${key === undefined ? '' : `  key ${JSON.stringify(key)}`}  order ${order}`,
    `    its window ended at ${iso(windowEnd)}${open}; the watermark was at ${iso(watermark)} already`,
  ];
  if (by !== undefined) {
    const who = by.quiet ? `the clock, since ${by.source} was quiet` : `split ${by.split} of ${by.source}`;
    const lead = iso(watermark + by.outOfOrderMs + 1);
    lines.push(`    set by ${who}, which had come to ${lead} with outOfOrder ${formatDuration(by.outOfOrderMs)}`);
  }
  const enough = (ms: number) => formatDuration(rounded(ms));
  const bound = by && `outOfOrder: ${enough(by.outOfOrderMs + lateByMs)} on stream ${streamOf(by.source)}, or `;
  const lateness = enough(allowedLatenessMs + lateByMs);
  lines.push(`    ${enough(lateByMs)} too late: ${bound ?? ''}allowedLateness: ${lateness} would have kept it`);
  return lines;
}

function iso(ms: number | null): string {
  if (!fitsDate(ms)) return 'the end of time';
  return new Date(ms).toISOString();
}
