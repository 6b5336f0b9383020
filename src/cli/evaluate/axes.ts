/** A rectangle of a drawing, and the values that its sides stand for. */
export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
  x: readonly [number, number];
  y: readonly [number, number];
}

export const xOf = ({ left, width, x: [low, high] }: Frame, value: number): number =>
  round(left + (width * (value - low)) / (high - low));
export const yOf = ({ top, height, y: [low, high] }: Frame, value: number): number =>
  round(top + height - (height * (value - low)) / (high - low));

const round = (value: number) => Math.round(value * 10) / 10;

/** Round numbers from low to high, about so many: steps of 1, 2 or 5 times a power of ten. */
export function ticks(low: number, high: number, about: number): number[] {
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((by) => by * power).find((each) => each >= rough) as number;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** Text that may stand in XML. */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

export const label = (value: number): string => value.toLocaleString('en-US', { maximumSignificantDigits: 6 });

/** Grid, numbers and titles of both axes. */
export function axes(frame: Frame, titles: { x: string; y: string }, about: { x: number; y: number }): string {
  const { left, top, width, height } = frame;
  const across = ticks(...frame.y, about.y).map((value) => {
    const y = yOf(frame, value);
    return `<path class="grid" d="M${left} ${y}h${width}"/><text class="tick" x="${left - 8}" y="${y + 4}" text-anchor="end">${label(value)}</text>`;
  });
  const along = ticks(...frame.x, about.x).map((value) => {
    const x = xOf(frame, value);
    return `<path class="axis" d="M${x} ${top + height}v4"/><text class="tick" x="${x}" y="${top + height + 18}" text-anchor="middle">${label(value)}</text>`;
  });
  return [
    ...across,
    `<path class="axis" d="M${left} ${top + height}h${width}"/>`,
    ...along,
    `<text class="title" x="${left + width / 2}" y="${top + height + 38}" text-anchor="middle">${escaped(titles.x)}</text>`,
    `<text class="title" x="${left}" y="${top - 16}">${escaped(titles.y)}</text>`,
  ].join('\n');
}

/** A line through points; one that is null breaks it. */
export function path(frame: Frame, points: readonly (readonly [number, number | null])[]): string {
  let made = '';
  let pen = 'M';
  for (const [x, y] of points) {
    if (y === null) pen = 'M';
    else {
      made += `${pen}${xOf(frame, x)} ${yOf(frame, y)}`;
      pen = 'L';
    }
  }
  return made;
}
