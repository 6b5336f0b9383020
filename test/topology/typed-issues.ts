import { checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';

/** Issues of a topology whose stream `in` reads a file, with the lines that follow in it. */
export async function issuesOf(lines: string): Promise<string[]> {
  const text = `name: t
streams:
  in:
    source: { file: in.ndjson }
    time: at
${lines}`;
  const { issues } = await checkText(text, { file: 't.yaml', base: import.meta.url });
  return issues.map((issue) => `${issue.code} ${formatIssue(issue)}`);
}
