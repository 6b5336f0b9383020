// Turns the layout of one line (see scanner.mjs) into a function that reads lines of that layout in place, and runs
// lines through it. A line that looks different goes through the general scan; after some of those in a row the layout
// of the newest is taken instead.

import { checkedEnd, isSpace, MALFORMED, numberEnd, toNumber, valueEnd } from './json-bytes.mjs';
import { ACCEPTED, GeneralScanner, MISSING, NOBODY, NULL, NUMBER, ON_THE_WAY, STRING } from './scanner.mjs';

const MISSES_BEFORE_CHANGE = 4;
const MAX_LAYOUTS = 16;
/** A string longer than this in the learned line is skipped by indexOf, which costs a call but reads many bytes at once. */
const LONG = 24;

/** Moves p over these bytes, or `break fast` if others stand there; four at a time, as whole numbers. */
function compareCode(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const terms = [];
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) terms.push(`view.getInt32(p + ${i}, true) !== ${view.getInt32(i, true)}`);
  if (i < bytes.length && bytes.length >= 4) {
    terms.push(`view.getInt32(p + ${bytes.length - 4}, true) !== ${view.getInt32(bytes.length - 4, true)}`);
  } else for (; i < bytes.length; i++) terms.push(`buf[p + ${i}] !== ${bytes[i]}`);
  return `if (${terms.join(' || ')}) break fast;\np += ${bytes.length};\n`;
}

const DIGITS = `for (; (d = buf[p] - 48) >= 0 && d <= 9; p++)`;
const MORE_NUMBER = `c === 46 || c === 101 || c === 69`;

/** Reads a value of the kind the layout shows into v<i>, or its range into s<i> and e<i>. */
function valueCode({ kind, field, start, end }, { as, test } = {}) {
  const v = `v${field}`;
  const s = `s${field}`;
  const e = `e${field}`;
  const reject = test ? `if (!((v) => ${test})(${v})) { p = lineEnd(buf, p, state); continue; }\n` : '';
  if (field === ON_THE_WAY) return `if (buf[p] === 123 || (p = valueEnd(buf, p)) < 0) break fast;\n`;
  if (field === NOBODY) {
    if (kind === STRING) {
      const find = end - start > LONG ? 'p = buf.indexOf(34, p + 1);' : 'p++; while (buf[p] !== 34) p++;';
      return `if (buf[p] !== 34) break fast;\n${find}\nif (buf[p - 1] === 92) break fast;\np++;\n`; // 92 may escape it
    }
    if (kind === NUMBER) return `while ((c = buf[p]) !== 44 && c !== 125 && c !== 93 && c > 32) p++;\n`;
    return `p = valueEnd(buf, p); if (p < 0) break fast;\n`;
  }
  if (as === 'raw' && kind !== STRING && kind !== NUMBER) {
    return `${s} = p; p = checkedEnd(buf, p); if (p < 0) break fast;\n${e} = p;\n`;
  }
  if (kind === STRING) {
    const text = as === 'raw' ? '' : `${v} = h < 128 ? buf.latin1Slice(${s}, ${e}) : buf.utf8Slice(${s}, ${e});\n`;
    const [from, to] = as === 'raw' ? ['p++', '++p'] : ['++p', 'p++'];
    const high = as === 'raw' ? '' : 'h |= c; ';
    return (
      `if (buf[p] !== 34) break fast;\n${s} = ${from}; h = 0;\n` +
      `while ((c = buf[p]) !== 34) { if (c === 92 || c < 32) break fast; ${high}p++; }\n${e} = ${to};\n${text}${reject}`
    );
  }
  if (as === 'raw') {
    return (
      `${s} = p; if (buf[p] === 45) p++; q = p;\n${DIGITS};\nc = buf[p];\n` +
      `if (p === q || ${MORE_NUMBER} || (p > q + 1 && buf[q] === 48)) { p = numberEnd(buf, ${s}); if (p < 0) break fast; }\n${e} = p;\n`
    );
  }
  return (
    `q = p; n = 0; ${DIGITS} { if (p - q === 9) break; n = n * 10 + d; }\n` +
    `if (p - q === 9) { m = n; n = 0; i = 1; ${DIGITS} { n = n * 10 + d; i *= 10; if (p - q > 15) break; } n = m * i + n; }\n` +
    `c = buf[p];\nif (p === q || p - q > 15 || ${MORE_NUMBER} || (p > q + 1 && buf[q] === 48)) {\n` +
    `p = numberEnd(buf, q); if (p < 0) break fast;\nn = toNumber(buf, q, p); }\n${v} = n;\n${reject}`
  );
}

/** The code that reads one line of the layout of `line`, whose values are `values`. */
function layoutCode(fields, line, values) {
  const seen = new Set(values.map((value) => value.field));
  let code = fields.map((_, i) => (seen.has(i) ? '' : `v${i} = null; s${i} = -1;\n`)).join('');
  // A line without some field must be compared to its end: the next one might have it there.
  const whole = fields.some((_, i) => !seen.has(i));
  const last = whole ? values.length - 1 : values.findLastIndex((value) => value.field >= 0);
  let at = 0;
  for (const value of values.slice(0, last + 1)) {
    if (value.kind === NULL && value.field >= 0) {
      code += `v${value.field} = null; s${value.field} = -1;\n`; // its bytes become part of the next comparison
      continue;
    }
    code += compareCode(line.subarray(at, value.start)) + valueCode(value, fields[value.field]);
    at = value.end;
  }
  if (last === values.length - 1) return `${code}${compareCode(line.subarray(at))}if (p > end) break fast;\n`;
  return `${code}p = buf.indexOf(10, p) + 1;\nif (p <= 0 || p > end || buf[p - 2] !== 125) break fast;\n`;
}

function lineEnd(buf, p, state) {
  p = buf.indexOf(10, p);
  let last = p - 1;
  while (isSpace(buf[last])) last--;
  if (buf[last] !== 125) state.malformed++;
  return p + 1;
}

function compile(fields, emit, scope, fast) {
  const names = fields.flatMap((_, i) => [`v${i} = null`, `s${i} = -1`, `e${i} = 0`]);
  const general = fields.map(({ as }, i) =>
    as === 'raw'
      ? `s${i} = general.kinds[${i}] === ${MISSING} ? -1 : general.starts[${i}]; e${i} = general.ends[${i}];`
      : `v${i} = general.${as === 'number' ? 'number' : 'text'}(buf, ${i});`,
  );
  const code = `
    return function run(buf, view, p, end, general, state) {
      let c = 0, d = 0, n = 0, m = 0, i = 0, q = 0, h = 0, misses = 0, line = p;
      let ${names.join(', ')};
      ${emit.begin ?? ''}
      while (p < end && misses < ${MISSES_BEFORE_CHANGE}) {
        line = p;
        read: {
          fast: { ${fast ?? 'break fast;'}
            misses = 0;
            break read;
          }
          p = buf.indexOf(10, line) + 1;
          const outcome = general.scan(buf, line, p);
          if (outcome !== ${ACCEPTED}) { if (outcome === ${MALFORMED}) state.malformed++; continue; }
          ${general.join('\n')}
          misses += state.learning;
          state.line = line;
        }
        ${emit.record}
      }
      ${emit.end ?? ''}
      return p;
    }`;
  const known = { ...scope, lineEnd, checkedEnd, numberEnd, toNumber, valueEnd };
  return new Function(...Object.keys(known), code)(...Object.values(known));
}

/**
 * A decoder of buffers of whole lines. `emit.record` is code that gets each accepted record as v<i> (numbers, texts) and
 * s<i>, e<i> (raw ranges, s < 0 if missing); `emit.begin` and `emit.end` surround a buffer. `scope` names what it uses.
 */
export function decoder({ fields, emit, scope = {}, speculate = true }) {
  const general = new GeneralScanner(fields);
  const state = { malformed: 0, learning: Number(speculate), line: 0 };
  const layouts = new Map();
  let run = compile(fields, emit, scope);
  return {
    state,
    /** Decodes the lines in [p, end); the buffer must reach beyond `end`, where a byte is set for a while. */
    decode(buf, view, p, end) {
      const kept = buf[end];
      buf[end] = 34; // stops every search for the end of a string
      while ((p = run(buf, view, p, end, general, state)) < end) {
        const line = buf.subarray(state.line, buf.indexOf(10, state.line) + 1);
        const code = layoutCode(fields, line, general.layout(line, 0, line.length));
        if (!layouts.has(code)) layouts.set(code, compile(fields, emit, scope, code));
        run = layouts.get(code);
        if (layouts.size === MAX_LAYOUTS) state.learning = 0;
      }
      buf[end] = kept;
    },
  };
}
