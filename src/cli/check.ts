import { explainGraph } from '../topology/explain.ts';
import { formatIssue } from '../topology/issue.ts';
import { checkFile } from './load.ts';

/** `weir check FILE`: prints every fault with its place. Exit code 2 when there is one. */
export async function checkCommand(
  file: string,
  options: { set?: string[]; json?: boolean; explain?: boolean },
): Promise<number> {
  const { issues, graph } = await checkFile(file, options.set ?? []);
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: graph !== undefined, issues })}\n`);
  else {
    for (const issue of issues) process.stdout.write(`${formatIssue(issue)}\n`);
    if (graph !== undefined && options.explain) process.stdout.write(`${await explainGraph(graph)}\n`);
    if (graph !== undefined) process.stdout.write(`${file}: ${graph.nodes.length} stages, no faults\n`);
    else {
      const count = issues.filter((issue) => issue.severity === 'error').length;
      process.stdout.write(`${file}: ${count} ${count === 1 ? 'fault' : 'faults'}\n`);
    }
  }
  return graph === undefined ? 2 : 0;
}
