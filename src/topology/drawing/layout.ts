import { Graph as DagreGraph, layout as dagre } from '@dagrejs/dagre';
import { chainsOfNodes, type Drawing, type DrawnArrow, type DrawnChain, type DrawnStage } from './drawing.ts';

export interface Point {
  x: number;
  y: number;
}

/** A rectangle by its upper left corner. */
export interface Box extends Point {
  width: number;
  height: number;
}

export interface PlacedStage extends DrawnStage, Box {}

export interface PlacedChain extends Omit<DrawnChain, 'stages'>, Box {
  stages: PlacedStage[];
}

export interface PlacedArrow extends DrawnArrow {
  points: Point[];
  /** Where its label has room. */
  labelBox?: Box;
}

/** A drawing with a place for everything, in pixels. */
export interface Layout {
  width: number;
  height: number;
  chains: PlacedChain[];
  arrows: PlacedArrow[];
}

/** Sizes of text, px. The font is one of equal widths, and each text is told its width, so that it fits in any. */
export const TEXT = { char: 7.3, line: 17, size: 12 };
const PAD = 12;
const TITLE = 24;
const MARGIN = 16;

export function textWidth(text: string): number {
  return Math.ceil(text.length * TEXT.char);
}

/**
 * Lays a drawing out from left to right: first the stages within each chain, then the chains, with room for the labels of
 * what goes between them.
 */
export function layoutOf(drawing: Drawing): Layout {
  const chainOf = chainsOfNodes(drawing);
  const inside = (arrow: DrawnArrow) => chainOf.get(arrow.from) === chainOf.get(arrow.to);
  const outer = drawing.arrows.filter((arrow) => !inside(arrow));
  const inner = drawing.chains.map((chain, i) => {
    const own = (arrow: DrawnArrow) => chainOf.get(arrow.from) === i;
    return layoutChain(
      chain,
      drawing.arrows.filter((arrow) => inside(arrow) && own(arrow)),
      outer.filter(own),
    );
  });
  const { boxes, routes, width, height } = arrange(
    inner.map((chain) => ({ width: chain.width, height: chain.height })),
    outer.map(({ from, to, label }) => ({
      from: chainOf.get(from) as number,
      to: chainOf.get(to) as number,
      label,
      ranks: 1,
    })),
    { ranksep: 60, nodesep: 30 },
  );
  const chains = inner.map(({ chain }, i): PlacedChain => {
    const box = boxes[i] as Box;
    return { title: chain.title, ...box, stages: chain.stages.map((stage) => moved(stage, box)) };
  });
  const stages = new Map(chains.flatMap((chain) => chain.stages.map((stage) => [stage.node, stage] as const)));
  const between = outer.map((arrow, i): PlacedArrow => {
    const { points, labelBox } = routes[i] as Route;
    const from = chainOf.get(arrow.from) as number;
    const way = (inner[from] as (typeof inner)[number]).exits.get(arrow) ?? [];
    const start = way.map((point) => moved(point, boxes[from] as Box));
    const end = leftOf(stages.get(arrow.to) as Box);
    return { ...arrow, points: [...start, ...points, end], ...(labelBox ? { labelBox } : {}) };
  });
  const within = inner.flatMap(({ arrows }, i) => {
    const box = boxes[i] as Box;
    return arrows.map((arrow) => ({
      ...arrow,
      points: arrow.points.map((point) => moved(point, box)),
      ...(arrow.labelBox ? { labelBox: moved(arrow.labelBox, box) } : {}),
    }));
  });
  return { width, height, chains, arrows: [...within, ...between] };
}

/** `leaving` are the arrows that go to other chains: each has a way of its own to the right side, past the other stages. */
function layoutChain(chain: DrawnChain, arrows: readonly DrawnArrow[], leaving: readonly DrawnArrow[]) {
  const placeOf = new Map(chain.stages.map(({ node }, i) => [node, i]));
  const place = (node: number) => placeOf.get(node) as number;
  const edges: Edge[] = arrows.map(({ from, to, label }) => ({ from: place(from), to: place(to), label, ranks: 1 }));
  const depths = depthsOf(chain.stages.length, edges);
  const most = Math.max(...depths);
  const exits = leaving.map(({ from }, i): Edge => {
    const at = place(from);
    return { from: at, to: chain.stages.length + i, label: '', ranks: most + 1 - (depths[at] as number) };
  });
  const sizes = [...chain.stages.map(({ lines }) => sizeOf(lines)), ...exits.map(() => ({ width: 1, height: 1 }))];
  const { boxes, routes, width, height } = arrange(sizes, [...edges, ...exits], { ranksep: 30, nodesep: 16 });
  const down = { x: 0, y: TITLE };
  const stages = chain.stages.map((stage, i): PlacedStage => ({ ...stage, ...moved(boxes[i] as Box, down) }));
  const placed = routes.map(({ points, labelBox }): Route => {
    const all = points.map((point) => moved(point, down));
    return labelBox ? { points: all, labelBox: moved(labelBox, down) } : { points: all };
  });
  return {
    chain: { title: chain.title, stages },
    arrows: arrows.map((arrow, i): PlacedArrow => ({ ...arrow, ...(placed[i] as Route) })),
    exits: new Map(leaving.map((arrow, i) => [arrow, placed[edges.length + i]?.points ?? []])),
    width: Math.max(width, textWidth(chain.title) + 2 * PAD),
    height: height + TITLE,
  };
}

function sizeOf(lines: readonly string[]) {
  return { width: Math.max(...lines.map(textWidth)) + 2 * PAD, height: lines.length * TEXT.line + PAD };
}

/** How many stages lie before each, on the longest way. Stages stand in topological order. */
function depthsOf(count: number, edges: readonly Edge[]): number[] {
  const depths: number[] = new Array(count).fill(0);
  for (let i = 0; i < count; i++) {
    for (const { from, to } of edges) {
      if (from === i) depths[to] = Math.max(depths[to] as number, (depths[i] as number) + 1);
    }
  }
  return depths;
}

/** A connection of two boxes by their places, over at least so many ranks. */
interface Edge {
  from: number;
  to: number;
  label: string;
  ranks: number;
}

interface Route {
  points: Point[];
  labelBox?: Box;
}

/** Boxes and ways between them, from left to right, without overlaps. */
function arrange(
  sizes: readonly { width: number; height: number }[],
  edges: readonly Edge[],
  gaps: { ranksep: number; nodesep: number },
): { boxes: Box[]; routes: Route[]; width: number; height: number } {
  const graph = new DagreGraph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', marginx: MARGIN, marginy: MARGIN, edgesep: 14, ...gaps });
  sizes.forEach((size, i) => void graph.setNode(String(i), { ...size }));
  edges.forEach(({ from, to, label, ranks }, i) => {
    const size = label === '' ? { width: 0, height: 0 } : { width: textWidth(label) + 8, height: TEXT.line + 2 };
    graph.setEdge(String(from), String(to), { ...size, labelpos: 'c', minlen: ranks }, String(i));
  });
  dagre(graph);
  const boxes = sizes.map((_, i) => boxOf(graph.node(String(i)) as Box));
  const routes = edges.map(({ from, to, label }, i): Route => {
    const edge = graph.edge(String(from), String(to), String(i)) as unknown as Box & { points: Point[] };
    return label === '' ? { points: edge.points } : { points: edge.points, labelBox: boxOf(edge) };
  });
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number };
  return { boxes, routes, width: Math.ceil(width), height: Math.ceil(height) };
}

/** Of a rectangle by its middle. */
function boxOf({ x, y, width, height }: Box): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

function moved<T extends Point>(thing: T, by: Point): T {
  return { ...thing, x: thing.x + by.x, y: thing.y + by.y };
}

const leftOf = ({ x, y, height }: Box): Point => ({ x, y: y + height / 2 });
