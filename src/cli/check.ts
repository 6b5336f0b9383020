import { explainGraph } from '../topology/explain.ts';
import { formatIssue } from '../topology/issue.ts';
import { refusalsOf } from './connect.ts';
import { checkFile } from './load.ts';

/** `weir check FILE`: prints every fault with its place. Exit code 2 when there is one. */
export async function checkCommand(
  file: string,
  options: { set?: string[]; json?: boolean; explain?: boolean; connect?: boolean },
): Promise<number> {
  const { issues, graph } = await checkFile(file, options.set ?? []);
  const refusals = graph !== undefined && options.connect ? await refusalsOf(graph) : [];
  const ok = graph !== undefined && refusals.length === 0;
  if (options.json) {
    const told = options.connect ? { ok, issues, refusals } : { ok, issues };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  } else {
    for (const issue of issues) process.stdout.write(`${formatIssue(issue)}\n`);
    if (graph !== undefined && options.explain) process.stdout.write(`${await explainGraph(graph)}\n`);
    for (const { stage, code, message } of refusals) process.stdout.write(`${stage}: ${message} (${code})\n`);
    if (graph !== undefined && !ok) {
      process.stdout.write(`${file}: ${refusals.length} of its systems cannot be used\n`);
    } else if (graph !== undefined) process.stdout.write(`${file}: ${graph.nodes.length} stages, no faults\n`);
    else {
      const count = issues.filter((issue) => issue.severity === 'error').length;
      process.stdout.write(`${file}: ${count} ${count === 1 ? 'fault' : 'faults'}\n`);
    }
  }
  return ok ? 0 : 2;
}
