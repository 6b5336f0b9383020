import type { LayoutCode } from './layout-code.ts';

/** What the loop over lines is made of. */
export interface RunParts {
  /** How many values are wanted. */
  readonly slots: number;
  readonly layouts: readonly LayoutCode[];
  readonly condition: string | undefined;
  readonly time: string | undefined;
  readonly row: string;
}

/** What the loop names besides its parameters `b, view, p, end, base` and the node's own fields. */
export const RUN_NAMES = ['at', 'out', 'reader', 'rest', 'rows', 'scanner', 'skipValue', 'state', 'trimEnd'] as const;

/**
 * The body of the function that decodes the lines of b[p, end) and gives the place behind the last whole one. It stops
 * early behind a line that it names in `state.line` and `state.end`, as a sample of a new layout. What throws inside are
 * the author's expressions; such a line, and one that the scan cannot read, goes to `rest`. The engine is called outside
 * of that, so that its own errors pass through.
 */
export function runCode({ slots, layouts, condition, time, row }: RunParts): string {
  const all = Array.from({ length: slots }, (_, i) => i);
  const reject = condition === undefined ? '' : `if (!${condition}) { skipped++; p = next + 1; continue; }\n`;
  const reach = layouts.reduce((most, layout) => Math.max(most, layout.reach), 0);
  const fast = layouts.map(({ before, after }) => `miss: { p = line;\n${before}${reject}${after}break found; }\n`);
  return `
    let c = 0, d = 0, n = 0, m = 0, s = 1, q = 0, h = 0, e = 0, next = 0, line = 0, skipped = 0;
    let made = null, time = NaN, read = true${all.map((i) => `, v${i}`).join('')};
    const safe = b.length - ${reach};
    while (p < end && state.line < 0) {
      next = b.indexOf(10, p);
      if (next < 0 || next >= end) break;
      line = p;
      e = next;
      if (b[e - 1] !== 125 || e === p) {
        e = trimEnd(b, p, e);
        if (e === p) { p = next + 1; continue; }
      }
      read = b[e - 1] === 125;
      if (read) {
        at.order = base + line;
        try {
          found: {
            if (next <= safe) { ${fast.join('')} }
            d = scanner.scan(b, line, e);
            if (d < 0) { read = false; break found; }
            if (--state.patience <= 0) { state.line = line; state.end = e; }
            if (d === 0) { skipped++; p = next + 1; continue; }
            ${all.map((i) => `v${i} = scanner.values[${i}];`).join(' ')}
          }
          if (read) {
            ${time === undefined ? '' : `at.time = time = ${time};`}
            made = ${row};
          }
        } catch { read = false; }
      }
      p = next + 1;
      if (read) out.emit(made, time, base + line);
      else rest(b, line, e, base + line);
    }
    state.skipped += skipped;
    return p;`;
}
