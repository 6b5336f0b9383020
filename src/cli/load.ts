import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, WeirError } from '../base/errors.ts';
import { type Checked, checkText } from '../topology/check.ts';
import type { Graph } from '../topology/graph.ts';
import { formatIssue, topologyError } from '../topology/issue.ts';

const MODULES = new Set(['.ts', '.mts', '.js', '.mjs']);

/** `name=value` pairs of `--set`. Throws `WEIR_USAGE`. */
export function parameters(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new WeirError('WEIR_USAGE', `--set takes name=value, not '${pair}'`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** Reads and checks a topology file. Throws `WEIR_USAGE` when there is no such file. */
export async function checkFile(file: string, set: readonly string[]): Promise<Checked> {
  const url = pathToFileURL(resolve(file));
  let text: string;
  try {
    text = await readFile(url, 'utf8');
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `cannot read ${file}: ${messageOf(error)}`);
  }
  return await checkText(text, { file, base: new URL('./', url).href }, { set: parameters(set), env: process.env });
}

/** The graph of a topology file, YAML, JSON or a module. Warnings go to stderr; faults are thrown, all at once. */
export async function loadTopology(file: string, set: readonly string[]): Promise<Graph> {
  if (MODULES.has(extname(file))) return await loadModule(file);
  const { issues, graph } = await checkFile(file, set);
  if (graph === undefined) throw topologyError(issues);
  for (const issue of issues) process.stderr.write(`${formatIssue(issue)}\n`);
  return graph;
}

async function loadModule(file: string): Promise<Graph> {
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(resolve(file)).href)) as { default?: unknown };
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `cannot import ${file}: ${messageOf(error)}`, { cause: error });
  }
  const topology = module.default as { graph?: () => Promise<Graph> } | undefined;
  if (typeof topology?.graph === 'function') return await topology.graph();
  throw new WeirError('WEIR_USAGE', `${file} has no topology as its default export`);
}
