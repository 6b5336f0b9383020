import { type Layout, ON_THE_WAY } from './line-scanner.ts';

/** An unwanted text of so many bytes in the sample is skipped by a search in native code, a shorter one by a loop. */
const NATIVE_SKIP = 24;

/**
 * Code for the lines of one layout, in two parts: behind the first all that the filter reads is known. It may look at up
 * to `reach` bytes behind the end of a line.
 */
export interface LayoutCode {
  readonly before: string;
  readonly after: string;
  readonly reach: number;
}

/**
 * JavaScript that reads the wanted values of any line with the keys, blanks and order of a sample line: the bytes between
 * the values are compared four at a time, the values read in place. It works on `b` and `view` (the same bytes), `p`, `e`
 * (the line and its end without blanks behind), sets `v0`, `v1`, … with the help of the text caches `text0`, `text1`, …
 * and leaves by `break miss` when a line is different. Not `inline` it reads the values by calls, which is slower, but a
 * large function would be compiled late or never.
 */
export function layoutCode(
  line: Buffer,
  layout: Layout,
  slots: number,
  testSlots: readonly number[],
  inline: boolean,
): LayoutCode {
  const found = new Set(layout.seen.map((value) => value.slot));
  const tests = new Set(testSlots.filter((slot) => found.has(slot)));
  // A value that the filter reads is missing here. It may stand in a line that begins the same, so the filter has to wait
  // until the whole line has been compared.
  const untilEnd = tests.size < testSlots.length;
  const before: string[] = [];
  const after: string[] = [];
  let code = before;
  for (let slot = 0; slot < slots; slot++) if (!found.has(slot)) code.push(`v${slot} = undefined;\n`);
  let reach = 0;
  let at = 0;
  const compare = (end: number) => {
    code.push(compareCode(line.subarray(at, end)));
    reach = Math.max(reach, end - at);
  };
  if (tests.size === 0 && !untilEnd) code = after;
  for (const { start, end, slot } of layout.seen) {
    compare(start);
    at = end;
    if (slot === ON_THE_WAY) code.push('if (b[p] === 123) break miss;\n');
    if (slot < 0) code.push(inline ? skipCode(line, start, end) : SKIP);
    else code.push(inline ? readCode(line, start, end, slot) : readBy('read', slot));
    if (slot < 0) continue;
    code.push('if ((c = b[p]) !== 44 && c !== 125) break miss;\n');
    if (tests.delete(slot) && tests.size === 0 && !untilEnd) code = after;
  }
  if (layout.whole) {
    // A value is missing: the whole line is compared, for one that comes late must not be taken for missing.
    compare(line.length);
    code.push('if (p !== e) break miss;\n');
  }
  return { before: before.join(''), after: after.join(''), reach };
}

function compareCode(bytes: Buffer): string {
  if (bytes.length === 0) return '';
  const terms: string[] = [];
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) terms.push(`view.getInt32(p + ${i}, true) !== ${bytes.readInt32LE(i)}`);
  if (i < bytes.length && i > 0) {
    i = bytes.length - 4;
    terms.push(`view.getInt32(p + ${i}, true) !== ${bytes.readInt32LE(i)}`);
  } else for (; i < bytes.length; i++) terms.push(`b[p + ${i}] !== ${bytes[i]}`);
  return `if (${terms.join(' || ')}) break miss;\np += ${bytes.length};\n`;
}

const SKIP = '{ p = skipValue(b, p, e); if (p < 0) break miss; }\n';

function skipCode(line: Buffer, start: number, end: number): string {
  if (line[start] === 123 || line[start] === 91) return SKIP;
  if (line[start] !== 34) {
    const ends = '(c = b[p]) !== 44 && c !== 125 && c !== 93 && c > 32';
    return `if ((c = b[p]) === 34 || c === 123 || c === 91) ${SKIP}else while (${ends}) p++;\n`;
  }
  const loop = 'q = p + 1; while ((c = b[q]) !== 34 && c !== 10) q++;';
  const find = end - start - 2 >= NATIVE_SKIP ? 'q = b.indexOf(34, p + 1);' : loop;
  return `if (b[p] !== 34) ${SKIP}else { ${find}
    if (q < 0 || q >= e) break miss;
    if (b[q - 1] === 92) ${SKIP}else p = q + 1; }\n`;
}

function readBy(method: 'read' | 'number', slot: number): string {
  return `{ v${slot} = reader.${method}(b, p, e); if ((p = reader.end) < 0) break miss; }\n`;
}

function readCode(line: Buffer, start: number, end: number, slot: number): string {
  const v = `v${slot}`;
  const slow = readBy('read', slot);
  const first = line[start]!;
  if (first === 34) {
    return `if (b[p] !== 34) ${slow}else {
      h = 0; q = p + 1; while ((c = b[q]) !== 34 && c !== 92 && c >= 32) { h |= c; q++; }
      if (c !== 34) ${slow}else { ${v} = h < 128 ? text${slot}.get(b, view, p + 1, q) : b.utf8Slice(p + 1, q); p = q + 1; } }\n`;
  }
  const fraction = line.subarray(start, end).includes(46);
  if (first === 45 || (fraction && first >= 48 && first <= 57)) {
    return `if (b[p] === 45 || (b[p] >= 48 && b[p] <= 57)) ${readBy('number', slot)}else ${slow}`;
  }
  if (first < 48 || first > 57) return slow;
  // Nine digits fit a small integer, fifteen are exact; more, a fraction or a leading zero is read the slow way.
  return `{ q = p; n = 0; while ((d = b[q] - 48) >= 0 && d <= 9 && q - p < 9) { n = n * 10 + d; q++; }
    if (q - p === 9) { m = 0; s = 1; while ((d = b[q] - 48) >= 0 && d <= 9 && q - p < 15) { m = m * 10 + d; s *= 10; q++; }
      ${v} = n * s + m; } else ${v} = n;
    if (((c = b[q]) === 44 || c === 125) && q > p && (b[p] !== 48 || q === p + 1)) p = q; else ${slow}}\n`;
}
