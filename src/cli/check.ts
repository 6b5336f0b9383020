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
  const say = (line: string) => void (options.json || process.stdout.write(`${line}\n`));
  for (const issue of issues) say(formatIssue(issue));
  if (graph !== undefined && options.explain && !options.json) say(await explainGraph(graph));
  let asked: string[] = [];
  const refusals =
    graph === undefined || !options.connect
      ? []
      : await refusalsOf(graph, {
          asking: (stages) => {
            asked = stages;
            // Nobody there is known only after some seconds.
            if (process.stderr.isTTY && asked.length > 0)
              process.stderr.write(`asks the systems of ${asked.join(', ')}\n`);
          },
          refused: ({ stage, code, message }) => say(`${stage}: ${message} (${code})`),
        });
  const ok = graph !== undefined && refusals.length === 0;
  if (options.json) {
    const told = options.connect ? { ok, issues, refusals } : { ok, issues };
    process.stdout.write(`${JSON.stringify(told)}\n`);
  } else if (graph === undefined) {
    const count = issues.filter((issue) => issue.severity === 'error').length;
    say(`${file}: ${count} ${count === 1 ? 'fault' : 'faults'}`);
  } else if (!ok) say(`${file}: ${refusals.length} of its systems cannot be used`);
  else {
    const answered = options.connect ? `; systems asked: ${asked.join(', ') || 'none'}` : '';
    say(`${file}: ${graph.nodes.length} stages, no faults${answered}`);
  }
  return ok ? 0 : 2;
}
