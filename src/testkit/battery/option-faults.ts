import type { Fields } from '../../stage/field.ts';
import { checkOptions } from '../../topology/check-options.ts';
import { formatIssue, Issues } from '../../topology/issue.ts';
import { Parameters } from '../../topology/parameters.ts';

/** What the checker of topologies says of options, each fault as `CODE message`; none when they are right. */
export async function faultsOf(fields: Fields, values: Readonly<Record<string, unknown>>): Promise<string[]> {
  const issues = new Issues();
  const place = { file: 'options', line: 1, column: 1 };
  const places = { key: () => place, value: () => place };
  const document = { file: 'options', base: 'file:///', value: undefined, places };
  const reading = { document, issues, parameters: new Parameters(document, {}, issues) };
  await checkOptions(reading, { name: 'the stage', place }, fields, { values: { ...values }, path: [] });
  return issues.sorted().map((issue) => `${issue.code} ${formatIssue(issue)}`);
}
