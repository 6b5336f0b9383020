import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkText } from '../../src/topology/check.ts';
import { drawingOf } from '../../src/topology/drawing/drawing.ts';
import { mermaidOf } from '../../src/topology/drawing/mermaid.ts';
import { svgOf } from '../../src/topology/drawing/svg.ts';
import type { Graph } from '../../src/topology/graph.ts';
import { loadStages } from '../../src/topology/load-stages.ts';
import { makePlan } from '../../src/topology/planner.ts';

const root = new URL('../../', import.meta.url);

async function graphOf(text: string): Promise<Graph> {
  const { graph, issues } = await checkText(text, { file: 't.yaml', base: root.href }, { missing: 'leave' });
  if (!graph) throw new Error(issues.map(({ message }) => message).join('\n'));
  return graph;
}

async function drawn(text: string, hosts: number) {
  const graph = await graphOf(text);
  const stages = await loadStages(graph);
  const plan = makePlan(graph, stages, hosts);
  return { plan, drawing: drawingOf(plan, graph, stages) };
}

const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

const MANY = `name: many
streams:
  in:
    source: { file: in.ndjson }
    time: at
    do:
      - where: price > 1
      - select: [product, price, at]
  all:
    from: in
    do: [{ tumbling: { size: 1s, aggregate: { n: count() } } }]
    to: stdout
  by-product:
    from: in
    do:
      - split: { 'dear <b> & "c" #1': price > 100 }
      - key: product
      - tumbling: { size: 1s, aggregate: { n: count() } }
      - top-n: { per: windowStart, by: n }
    to: [ { file: a.ndjson }, { http: { url: "http://localhost:1/x" } } ]
  dear: { from: 'by-product.dear <b> & "c" #1', do: [{ exchange: broadcast }], to: { file: dear.ndjson } }
  late: { from: by-product.late, to: { file: late.ndjson } }
  again: { from: [dear, late, all], do: [{ key: product }], to: { lake: { table: x } } }
`;

const CASES = ['topologies/monitor.yaml', 'q7', 'q11', 'many'].flatMap((name) =>
  [1, 2, 4].map((hosts) => {
    const path = name.startsWith('q') ? `bench/nexmark/${name}.yaml` : name;
    return { name, hosts, text: name === 'many' ? MANY : read(path) };
  }),
);

/** What Mermaid reads of its text: subgraphs with their nodes, and arrows. */
function parseMermaid(text: string) {
  const plain = (label: string) =>
    label.split('<br/>').map((line) => line.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code))));
  const chains: { title: string; nodes: { id: number; lines: string[] }[] }[] = [];
  const arrows: { from: number; to: number; label: string; side: boolean }[] = [];
  const [head, title, end, kind, ...lines] = text.trimEnd().split('\n');
  expect([head, end, kind]).toEqual(['---', '---', 'flowchart LR']);
  for (const line of lines) {
    const subgraph = /^ {2}subgraph c(\d+)\["([^"]*)"\]$/.exec(line);
    const node = /^ {4}n(\d+)\["([^"]*)"\]$/.exec(line);
    const arrow = /^ {2}n(\d+) (-->|-\.->)(?:\|"([^"]*)"\|)? n(\d+)$/.exec(line);
    if (subgraph) chains.push({ title: subgraph[2] as string, nodes: [] });
    else if (node) chains.at(-1)?.nodes.push({ id: Number(node[1]), lines: plain(node[2] as string) });
    else if (arrow) {
      const label = plain(arrow[3] ?? '')[0] as string;
      arrows.push({ from: Number(arrow[1]), to: Number(arrow[4]), label, side: arrow[2] === '-.->' });
    } else expect(line).toBe('  end');
  }
  return { title: JSON.parse((title as string).slice('title: '.length)), chains, arrows };
}

describe.each(CASES)('$name on $hosts threads', ({ text, hosts }) => {
  test('as Mermaid has every chain, stage and connection of the plan', async () => {
    const { plan, drawing } = await drawn(text, hosts);
    const { title, chains, arrows } = parseMermaid(mermaidOf(drawing));
    expect(title).toBe(plan.name);
    expect(chains.map(({ nodes }) => nodes.map(({ id }) => id))).toEqual(plan.chains.map(({ nodes }) => nodes));
    chains.forEach((chain, i) => {
      expect(chain.title).toMatch(new RegExp(`^${plan.chains[i]?.parallelism} subtasks?$`));
      for (const { id, lines } of chain.nodes) {
        const node = plan.nodes[id];
        expect(lines[0]).toContain(node?.id);
        if (node?.half) expect(lines[0]).toContain(node.half);
        for (const pushed of node?.pushed ?? []) {
          expect(lines.join('\n')).toMatch(new RegExp(`runs .*${pushed.split('.')[1]?.replace(/-\d+$/, '')}`));
        }
        if (node?.kind === 'sink') expect(lines.at(-1)).toMatch(/^(exactly|effectively|at-least)-once$/);
      }
    });
    const connections = plan.nodes.flatMap((node) =>
      [[undefined, node.targets] as const, ...Object.entries(node.sides)].flatMap(([side, targets]) =>
        targets.map((target) => {
          const edge = 'edge' in target ? plan.edges[target.edge] : undefined;
          const to = edge ? plan.chains[edge.to]?.nodes[0] : (target as { node: number }).node;
          return { from: node.index, to, side, exchange: edge?.exchange };
        }),
      ),
    );
    expect(arrows.map(({ from, to, side }) => ({ from, to, side }))).toEqual(
      connections.map(({ from, to, side }) => ({ from, to, side: side !== undefined })),
    );
    connections.forEach(({ side, exchange }, i) => {
      if (side !== undefined) expect(arrows[i]?.label).toContain(side);
      if (exchange !== undefined) expect(arrows[i]?.label).toContain(exchange.split('-')[0]);
      if (side === undefined && exchange === undefined) expect(arrows[i]?.label).toBe('');
    });
  });

  test('as SVG is well-formed; no boxes overlap, and every text is inside of its box', async () => {
    const { drawing } = await drawn(text, hosts);
    const elements = parseXml(svgOf(drawing));
    const [svg] = elements;
    const page = { x: 0, y: 0, width: Number(svg?.attributes.width), height: Number(svg?.attributes.height) };
    const rects = (kind: string) =>
      elements.filter(({ name, attributes }) => name === 'rect' && attributes.class === kind).map(boxOf);
    const [chains, stages, labels] = [rects('chain'), rects('stage'), rects('label')];
    expect(chains).toHaveLength(drawing.chains.length);
    expect(stages).toHaveLength(drawing.chains.flatMap((chain) => chain.stages).length);
    expect(labels).toHaveLength(drawing.arrows.filter(({ label }) => label !== '').length);
    for (const list of [chains, stages, labels]) {
      list.forEach((a, i) => {
        expect(inside(a, page)).toBe(true);
        for (const b of list.slice(i + 1)) expect(overlap(a, b), JSON.stringify([a, b])).toBe(false);
      });
    }
    for (const stage of stages) expect(chains.filter((chain) => inside(stage, chain))).toHaveLength(1);
    for (const label of labels) expect(stages.filter((stage) => overlap(label, stage))).toEqual([]);
    const boxes: Record<string, Box[]> = { title: chains, id: stages, more: stages, 'on-arrow': labels };
    const texts = elements.filter(({ name }) => name === 'text');
    for (const { attributes, text: shown } of texts) {
      const { x, y, textLength, class: kind } = attributes;
      const box = { x: Number(x), y: Number(y) - 11, width: Number(textLength), height: 14 };
      expect(
        boxes[kind as string]?.filter((one) => inside(box, one)),
        shown,
      ).toHaveLength(1);
    }
    const lines = drawing.chains.flatMap(({ title, stages: all }) => [title, ...all.flatMap((stage) => stage.lines)]);
    const named = drawing.arrows.map(({ label }) => label).filter((label) => label !== '');
    expect(texts.map(({ text: shown }) => shown).sort()).toEqual([...lines, ...named].sort());
  });
});

test('names the inputs of a stage with several by their options', async () => {
  const graph = await graphOf(
    'name: t\nstreams: { a: { source: stdin, to: stdout }, b: { source: stdin, to: stdout } }',
  );
  const stages = await loadStages(graph);
  const plan = makePlan(graph, stages, 2);
  const [source, sink] = plan.nodes;
  // The head of the second chain as the planner makes one of several inputs.
  if (!source || !sink) throw new Error('two nodes');
  const joined = {
    ...plan,
    nodes: [
      { ...source, targets: [{ edge: 0 }, { edge: 1 }], sides: {} },
      { ...sink, chain: 1, keyNames: ['id'], ports: ['with'], targets: [] },
    ],
    chains: [
      { index: 0, nodes: [0], parallelism: 1, hosts: [0], inputs: [], outputs: [0, 1] },
      { index: 1, nodes: [1], parallelism: 2, hosts: [0, 1], inputs: [0, 1], outputs: [] },
    ],
    edges: [
      { index: 0, from: 0, to: 1, port: 0, exchange: 'hash-key' as const, keyed: true, firstChannel: 1 },
      { index: 1, from: 0, to: 1, port: 1, exchange: 'broadcast' as const, keyed: false, firstChannel: 3 },
    ],
  };
  const { arrows } = drawingOf(joined, graph, stages);
  expect(arrows.map(({ label }) => label)).toEqual(['from: hash by key id', 'with: broadcast']);
});

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

interface Element {
  name: string;
  attributes: Record<string, string>;
  text: string;
}

/** Every element of a document, in order. Throws where it is not well-formed. */
function parseXml(xml: string): Element[] {
  const found: Element[] = [];
  const open: Element[] = [];
  const decoded = (text: string) => {
    expect(text.replace(/&#\d+;/g, '')).not.toMatch(/[<&]/);
    return text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
  };
  const tag = /<(\/?)([\w-]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>/y;
  let at = 0;
  while (at < xml.length) {
    const next = xml.indexOf('<', at);
    const text = xml.slice(at, next < 0 ? xml.length : next);
    const top = open.at(-1);
    if (top) top.text += decoded(text);
    else expect(text.trim()).toBe('');
    if (next < 0) break;
    tag.lastIndex = next;
    const match = tag.exec(xml);
    if (!match) throw new Error(`not well-formed: ${xml.slice(next, next + 60)}`);
    const [whole, close, name = '', attributes = '', empty] = match;
    if (close) expect(open.pop()?.name).toBe(name);
    else {
      const pairs = [...attributes.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [
        key,
        decoded(value ?? ''),
      ]);
      const element = { name, attributes: Object.fromEntries(pairs), text: '' };
      expect(Object.keys(element.attributes)).toHaveLength(pairs.length);
      if (found.length > 0) expect(open.length).toBeGreaterThan(0);
      found.push(element);
      if (!empty) open.push(element);
    }
    at = next + whole.length;
  }
  expect(open).toEqual([]);
  return found;
}

function boxOf({ attributes: { x, y, width, height } }: Element): Box {
  return { x: Number(x), y: Number(y), width: Number(width), height: Number(height) };
}

function inside(a: Box, b: Box): boolean {
  return a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
