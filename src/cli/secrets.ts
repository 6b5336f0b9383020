import { masker as masks } from '../base/mask.ts';
import type { Graph } from '../topology/graph.ts';

/** What must not be shown: values of the options that hold a secret, and of the variables that a text names by `${env:…}`. */
export function secretsOf(graph: Graph, text: string): string[] {
  const options = graph.nodes.flatMap(({ options: all, secrets }) =>
    (secrets ?? []).flatMap((name) => texts(all[name])),
  );
  const named = [...text.matchAll(/\$\{env:([A-Za-z_]\w*)/g)].map(([, name]) => process.env[name as string] ?? '');
  return [...new Set([...options, ...named])];
}

function texts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(texts) : [];
}

/** A text with every secret in it replaced. */
export function masker(secrets: readonly string[]): (text: string) => string {
  return masks(secrets.map((secret) => [secret, '(secret)']));
}
