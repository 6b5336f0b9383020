import type { Graph } from '../topology/graph.ts';

/** As short a value would be found by chance in any text. */
const SHORTEST = 4;

/** What must not be shown: values of the options that hold a secret, and of the variables that a text names by `${env:…}`. */
export function secretsOf(graph: Graph, text: string): string[] {
  const options = graph.nodes.flatMap(({ options: all, secrets }) =>
    (secrets ?? []).flatMap((name) => texts(all[name])),
  );
  const named = [...text.matchAll(/\$\{env:([A-Za-z_]\w*)/g)].map(([, name]) => process.env[name as string] ?? '');
  // Longer ones first, since one may stand within another.
  return [...new Set([...options, ...named])].filter((s) => s.length >= SHORTEST).sort((a, b) => b.length - a.length);
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(texts) : [];
}

/** A text with every secret in it replaced. */
export function masker(secrets: readonly string[]): (text: string) => string {
  return (text) => secrets.reduce((shown, secret) => shown.replaceAll(secret, '(secret)'), text);
}
