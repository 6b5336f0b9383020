import type { OperatorDefinition } from '../stage/definition.ts';
import type { GraphNode } from './graph.ts';
import type { Resolved } from './plan.ts';

/**
 * The sources that are held together: those with `align` whose records meet in a step or a union, and those that these
 * meet in turn. An input that a step waits for to its end joins nothing, for what is to come first must not be held back
 * for what waits for it. Each source with `align` is in one group. Pure.
 */
export function alignedSources(resolved: ReadonlyMap<string, Resolved>): ReadonlySet<string>[] {
  let groups: ReadonlySet<string>[] = [];
  for (const { node } of resolved.values()) if (isAligned(node)) groups.push(new Set([node.id]));
  for (const stage of resolved.values()) {
    const met = sourcesAbove(stage, resolved);
    const joined = groups.filter((group) => [...group].some((id) => met.has(id)));
    if (joined.length < 2) continue;
    groups = [...groups.filter((group) => !joined.includes(group)), new Set(joined.flatMap((group) => [...group]))];
  }
  return groups;
}

/** The sources that one is held together with, itself among them. */
export function alignedWith(source: string, resolved: ReadonlyMap<string, Resolved>): ReadonlySet<string> {
  return alignedSources(resolved).find((group) => group.has(source)) ?? new Set();
}

/** The other sources whose records meet those of one in a step or a union, with `align` or not. */
export function sourcesMet(source: string, resolved: ReadonlyMap<string, Resolved>): GraphNode[] {
  const met = new Set<string>();
  for (const stage of resolved.values()) {
    const above = sourcesAbove(stage, resolved);
    if (above.has(source)) for (const id of above) met.add(id);
  }
  met.delete(source);
  return [...resolved.values()].flatMap(({ node }) => (node.kind === 'source' && met.has(node.id) ? [node] : []));
}

function isAligned({ kind, time }: GraphNode): boolean {
  return kind === 'source' && time?.alignMs !== undefined;
}

/** All nodes whose records come to a stage, by inputs that it does not wait for. */
function sourcesAbove(
  stage: Resolved,
  resolved: ReadonlyMap<string, Resolved>,
  seen: Set<string> = new Set(),
): ReadonlySet<string> {
  const { definition, options, node } = stage;
  const others = definition?.kind === 'operator' ? (definition as OperatorDefinition).others?.(options) : undefined;
  for (const { node: id, port } of node.inputs) {
    if (seen.has(id) || (port !== undefined && others?.[port]?.awaited === true)) continue;
    seen.add(id);
    sourcesAbove(resolved.get(id) as Resolved, resolved, seen);
  }
  return seen;
}
