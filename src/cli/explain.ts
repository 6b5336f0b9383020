import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WeirError } from '../base/errors.ts';
import type { LateEntry } from '../flow/late-journal.ts';
import { isMap } from '../topology/places.ts';
import { adviceFor, byStage, stageLines } from './late-report.ts';
import { loadDocument } from './load.ts';
import { wholeOf } from './option-values.ts';

/** Options of `weir explain late`. */
export interface ExplainLateOptions {
  state?: string;
  limit?: string;
  json?: boolean;
}

/**
 * `weir explain late [FILE|STATE]`: says of the last late records of each stage why they were late, and what would have kept
 * them. It may be asked while the topology runs: the journal is that of the last checkpoint. Gives the exit code.
 */
export async function explainLateCommand(target: string | undefined, options: ExplainLateOptions): Promise<number> {
  const limit = wholeOf('--limit', options.limit ?? '10', { least: 1, words: 'above 0' });
  const { state, streamOf } = await find(target, options.state);
  const stages = byStage(await readJournal(state));
  if (options.json) {
    for (const [stage, entries] of stages) {
      process.stdout.write(`${JSON.stringify({ stage, late: entries, advice: adviceFor(entries) })}\n`);
    }
    return 0;
  }
  const parts = [...stages].map(([stage, entries]) => stageLines(stage, entries, limit, streamOf).join('\n'));
  process.stdout.write(parts.length === 0 ? `${state}: no late records\n` : `${parts.join('\n\n')}\n`);
  return 0;
}

/** The state folder, and the stream of each source: by default a source is named after it. */
async function find(target: string | undefined, state: string | undefined) {
  const byName = (source: string) => source.split('.')[0] as string;
  if (target === undefined || (await isFolder(target))) {
    const folder = state ?? target;
    if (folder !== undefined) return { state: folder, streamOf: byName };
    throw new WeirError('WEIR_USAGE', 'say which topology, or --state DIR');
  }
  const { value } = (await loadDocument(target)).document;
  if (!isMap(value)) throw new WeirError('WEIR_USAGE', `${target} is no topology`);
  const named = Object.entries(isMap(value.streams) ? value.streams : {}).flatMap(([stream, written]) => {
    const source = isMap(written) && isMap(written.source) ? written.source.name : undefined;
    return typeof source === 'string' ? [[source, stream] as const] : [];
  });
  const streams = new Map(named);
  return { state: state ?? `data/${value.name}`, streamOf: (source: string) => streams.get(source) ?? byName(source) };
}

async function isFolder(path: string): Promise<boolean> {
  return await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function readJournal(state: string): Promise<LateEntry[]> {
  if (!(await isFolder(state))) throw new WeirError('WEIR_USAGE', `there is no state folder ${state}`);
  const text = await readFile(join(state, 'late.ndjson'), 'utf8').catch((error) => {
    // Nothing has been late so far.
    if ((error as { code?: string }).code === 'ENOENT') return '';
    throw error;
  });
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LateEntry);
}
