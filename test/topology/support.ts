import { type Checked, type CheckOptions, checkText } from '../../src/topology/check.ts';
import { formatIssue } from '../../src/topology/issue.ts';
import { Registry } from '../../src/topology/registry.ts';

/** Stages that exist for these tests only. */
export const fakes = new Registry(new URL('./fixtures/actors/', import.meta.url));
export const base = new URL('./fixtures/', import.meta.url).href;

/** Checks a text against the fake stages. */
export function check(text: string, options: CheckOptions = {}): Promise<Checked> {
  return checkText(text, { file: 't.yaml', base }, { registry: fakes, ...options });
}

/** The formatted issues of a text. */
export async function issuesOf(text: string, options: CheckOptions = {}): Promise<string[]> {
  return (await check(text, options)).issues.map(formatIssue);
}

/** The graph of a text without faults. */
export async function graphOf(text: string, options: CheckOptions = {}) {
  const { graph, issues } = await check(text, options);
  if (!graph) throw new Error(issues.map(formatIssue).join('\n'));
  return graph;
}
