import { readFile } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { messageOf, WeirError } from '../base/errors.ts';
import { type Topology, topologyOf } from '../topology/builder.ts';
import { type Checked, checkTopology } from '../topology/check.ts';
import { parseTopology, type TopologyDocument } from '../topology/document.ts';
import type { Graph } from '../topology/graph.ts';
import { formatIssue, Issues, topologyError } from '../topology/issue.ts';

/** Endings of files that are programs and not documents. */
export const MODULES = new Set(['.ts', '.mts', '.js', '.mjs']);

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

/** A topology as written, with the faults that already its text has. */
export interface Loaded {
  document: TopologyDocument;
  issues: Issues;
  /** Of a file that is no program. */
  text?: string;
}

/** Reads a topology: YAML, JSON, or a module that exports one. Throws `WEIR_USAGE` when there is no such file. */
export async function loadDocument(file: string): Promise<Loaded> {
  const url = pathToFileURL(resolve(file));
  const issues = new Issues();
  if (MODULES.has(extname(file))) return { document: (await loadModule(file, url.href)).document(), issues };
  let text: string;
  try {
    text = await readFile(url, 'utf8');
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `cannot read ${file}: ${messageOf(error)}`);
  }
  return { document: parseTopology(text, { file, base: new URL('./', url).href }, issues), issues, text };
}

/** Reads and checks a topology. Throws `WEIR_USAGE` when there is no such file. */
export async function checkFile(file: string, set: readonly string[]): Promise<Checked> {
  const given = { set: parameters(set), env: process.env };
  const { document, issues } = await loadDocument(file);
  return await checkTopology(document, given, issues);
}

/** The graph of a topology. Warnings go to stderr; faults are thrown, all at once. */
export async function loadTopology(file: string, set: readonly string[]): Promise<Graph> {
  const { issues, graph } = await checkFile(file, set);
  if (graph === undefined) throw topologyError(issues);
  for (const issue of issues) process.stderr.write(`${formatIssue(issue)}\n`);
  return graph;
}

async function loadModule(file: string, url: string): Promise<Topology> {
  let module: { default?: unknown };
  try {
    module = (await import(url)) as { default?: unknown };
  } catch (error) {
    const { code } = error as { code?: string };
    const advice =
      code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? ': this Node reads no TypeScript; use Node 22.18 or newer, start with NODE_OPTIONS="--import tsx", or compile it'
        : `: ${messageOf(error)}`;
    throw new WeirError('WEIR_USAGE', `cannot import ${file}${advice}`, { cause: error });
  }
  const topology = topologyOf(module.default);
  if (topology !== undefined) return topology;
  throw new WeirError('WEIR_USAGE', `${file} has no topology as its default export`);
}
