import { writeFile } from 'node:fs/promises';
import { WeirError } from '../base/errors.ts';
import { usualThreads } from '../host/usual-threads.ts';
import { drawingOf } from '../topology/drawing/drawing.ts';
import { mermaidOf } from '../topology/drawing/mermaid.ts';
import { loadStages } from '../topology/load-stages.ts';
import { makePlan } from '../topology/planner.ts';
import { MOST_THREADS } from '../world/threads.ts';
import { loadTopology } from './load.ts';
import { wholeOf } from './option-values.ts';

/** Options of `weir graph`. */
export interface GraphCommandOptions {
  set?: string[];
  threads?: string;
  format?: string;
  out?: string;
}

/** `weir graph FILE`: draws the plan that a topology runs by, as Mermaid text or as SVG. Gives the exit code. */
export async function graphCommand(file: string, options: GraphCommandOptions): Promise<number> {
  const format = options.format ?? formatOf(options.out);
  if (format !== 'mermaid' && format !== 'svg') {
    throw new WeirError('WEIR_USAGE', `--format: '${format}' is neither mermaid nor svg`);
  }
  const threads = options.threads === undefined ? undefined : threadsOf(options.threads);
  const graph = await loadTopology(file, options.set ?? []);
  const stages = await loadStages(graph);
  const hosts = Math.max(1, threads ?? graph.settings.threads ?? usualThreads());
  const drawing = drawingOf(makePlan(graph, stages, hosts), graph, stages);
  const text = format === 'svg' ? (await import('../topology/drawing/svg.ts')).svgOf(drawing) : mermaidOf(drawing);
  if (options.out === undefined) process.stdout.write(text);
  else await writeFile(options.out, text);
  return 0;
}

function threadsOf(text: string): number {
  return wholeOf('--threads', text, { least: 0, most: MOST_THREADS, words: `up to ${MOST_THREADS}` });
}

/** What a file is to hold, by its ending. */
function formatOf(out: string | undefined): string {
  if (out === undefined || /\.(?:mmd|mermaid|md)$/.test(out)) return 'mermaid';
  if (out.endsWith('.svg')) return 'svg';
  throw new WeirError(
    'WEIR_USAGE',
    `--out: ${out} is neither .svg nor Mermaid text (.mmd, .md); say which by its ending or by --format`,
  );
}
