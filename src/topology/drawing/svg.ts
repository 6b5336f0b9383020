import type { Drawing } from './drawing.ts';
import { type Box, layoutOf, type PlacedArrow, type PlacedChain, type PlacedStage, TEXT, textWidth } from './layout.ts';

const STYLE = [
  'text { font: 12px ui-monospace, Menlo, Consolas, monospace; fill: #222 }',
  '.title, .more { fill: #666 }',
  '.chain { fill: #f4f5f7; stroke: #c9cdd3 }',
  '.stage { fill: #fff; stroke: #4a6fa5 }',
  '.arrow { fill: none; stroke: #555 }',
  '.side { stroke-dasharray: 4 3 }',
  '.label { fill: #fff; opacity: 0.9 }',
].join('\n');

/** A drawing as SVG, laid out, whole in itself. */
export function svgOf(drawing: Drawing): string {
  const { width, height, chains, arrows } = layoutOf(drawing);
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">`,
    `<title>${escaped(drawing.name)}</title>`,
    `<style>${STYLE}</style>`,
    '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">',
    '<path d="M0 0 8 4 0 8z" fill="#555"/></marker></defs>',
    ...chains.map(chainSvg),
    ...arrows.map(lineSvg),
    ...chains.flatMap(({ stages }) => stages.map(stageSvg)),
    ...arrows.flatMap(labelSvg),
    '</svg>',
    '',
  ].join('\n');
}

function chainSvg({ title, ...box }: PlacedChain): string {
  return `${rectSvg('chain', box)}${textSvg('title', title, box.x + 12, box.y + TEXT.line)}`;
}

function stageSvg({ lines, ...box }: PlacedStage): string {
  const texts = lines.map((line, i) => textSvg(i === 0 ? 'id' : 'more', line, box.x + 12, box.y + TEXT.line * (i + 1)));
  return `${rectSvg('stage', box)}${texts.join('')}`;
}

function lineSvg({ points, side }: PlacedArrow): string {
  const [first, ...rest] = points.map(({ x, y }) => `${round(x)} ${round(y)}`);
  return `<path class="arrow${side ? ' side' : ''}" d="M${first} L${rest.join(' ')}" marker-end="url(#head)"/>`;
}

function labelSvg({ label, labelBox }: PlacedArrow): string[] {
  if (labelBox === undefined) return [];
  const { x, y } = labelBox;
  return [`${rectSvg('label', labelBox)}${textSvg('on-arrow', label, x + 4, y + TEXT.size + 1)}`];
}

function rectSvg(kind: string, { x, y, width, height }: Box): string {
  const at = `x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}"`;
  return `<rect class="${kind}" ${at} rx="4"/>`;
}

/** Text that takes the width that it was given in whatever font there is. */
function textSvg(kind: string, text: string, x: number, y: number): string {
  const width = `textLength="${textWidth(text)}" lengthAdjust="spacingAndGlyphs"`;
  return `<text class="${kind}" x="${round(x)}" y="${round(y)}" ${width}>${escaped(text)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.codePointAt(0)};`);
}
