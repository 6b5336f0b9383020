// Holds the scanner to JSON.parse: lines with keys in any order, white space, escapes, non-ASCII, nested and missing
// values, numbers of every form; long enough runs of one layout to meet the fast path; lines cut short or damaged.
//
//   node bench/micro/trials/scanner-check.mjs [LINES] [SEED]

import { decoder } from './layout.mjs';

const [lines = '200000', seed = '1'] = process.argv.slice(2);
let state = Number(seed);
/** A whole number below `limit` (mulberry32). */
function below(limit) {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * limit);
}
const pick = (values) => values[below(values.length)];

const fields = [
  { path: ['kind'], as: 'number', test: 'v === null || v < 3' },
  { path: ['a', 'n'], as: 'number' },
  { path: ['a', 's'], as: 'string' },
  { path: ['r'], as: 'raw' },
  { path: ['a', 'q'], as: 'raw' },
];

const NUMBERS = [
  '0',
  '-0',
  '7',
  '-12',
  '1.50',
  '-0.001',
  '3e5',
  '1E-7',
  '2.5e+3',
  '1234567890123',
  '12345678901234567890',
];
const number = () =>
  pick([pick(NUMBERS), String(below(1e9)), String(below(1e9) / 1000), String(below(2 ** 31) * below(1e6))]);
const TEXTS = [
  '',
  'x',
  'héllo',
  '日本語',
  'tab\t',
  'quo"te',
  'back\\',
  '\\"',
  'emoji 😀',
  'a'.repeat(40),
  'é'.repeat(30),
  '{"n":1}',
];
const quoted = (text) =>
  below(4)
    ? JSON.stringify(text)
    : JSON.stringify(text).replace(/[a-z]/, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
const text = () => pick([quoted(pick(TEXTS)), JSON.stringify(`plain-${below(1e6)}`)]);
const other = () => pick(['true', 'false', '[1,"]",{"n":"}"}]', '{"n":5,"s":"no","deep":{"a":[[]]}}', '[]', '{}']);
const MAKERS = { number, text, null: () => 'null', other };

/** A shape: where keys, values of which kind and spaces stand. Its lines differ in the values only. */
function shape() {
  const space = below(3) ? () => '' : () => pick(['', ' ', '\t', '  ']);
  const member = (key, kind) => ({ before: space(), key, colon: `${space()}:${space()}`, kind, after: space() });
  const some = (members) => members.filter(() => below(8) > 0).sort(() => below(3) - 1);
  const any = () => pick(['number', 'text', 'null', 'other']);
  const inner = some([
    member('"n"', pick(['number', 'number', 'number', 'null'])),
    member(pick(['"s"', '"\\u0073"']), pick(['text', 'text', 'text', 'null'])),
    member('"q"', any()),
    member('"other"', any()),
    member('"nn"', any()),
  ]);
  const outer = some([
    member('"kind"', 'kind'),
    member('"a"', below(6) ? inner : 'other'),
    member('"r"', any()),
    member('"n"', any()),
    member('"some much longer key, é"', any()),
  ]);
  return { outer, end: pick(['', '', '\r', ' ']) };
}

function write(members) {
  const value = ({ kind }) => (kind === 'kind' ? String(below(4)) : Array.isArray(kind) ? write(kind) : MAKERS[kind]());
  return `{${members.map((m) => m.before + m.key + m.colon + value(m) + m.after).join(',')}}`;
}

/** What the scanner should make of a line: undefined if rejected. */
function oracle(line) {
  const event = JSON.parse(line);
  if (!((event.kind ?? null) === null || event.kind < 3)) return undefined;
  const a = event.a !== null && typeof event.a === 'object' && !Array.isArray(event.a) ? event.a : {};
  return [a.n ?? null, a.s ?? null, event.r ?? null, a.q ?? null];
}

const got = [];
const { decode, state: result } = decoder({
  fields,
  scope: { got },
  emit: {
    record: `const json = (s, e) => s < 0 ? null : JSON.parse(buf.utf8Slice(s, e));
      got.push([v1, v2, json(s3, e3), json(s4, e4)]);`,
  },
});

/** Decodes lines as one buffer. */
function run(batch) {
  const bytes = Buffer.from(`${batch.join('\n')}\n`);
  const memory = new ArrayBuffer(bytes.length + 4096);
  const buf = Buffer.from(memory);
  buf.set(bytes);
  got.length = 0;
  result.malformed = 0;
  decode(buf, new DataView(memory), 0, bytes.length);
}

function damaged(line) {
  const at = 1 + below(line.length - 2);
  return pick([
    line.trimEnd().slice(0, -1),
    line.slice(0, at).replace(/}\s*$/, ''),
    line.replace(
      /("(?:n|kind)"\s*:\s*)-?[0-9][0-9.eE+-]*/g,
      (_, key) => key + pick(['01', '-', '1.', '.5', '1e', '+1', 'x', '"1"']),
    ),
    line.replace(/("(?:s|r)"\s*:\s*)"[^"\\]*"/g, (_, key) => key + pick(['"\\x"', '"\\u12"', '"open', '"a\nb"'])),
  ]);
}

let checked = 0;
let bad = 0;
while (checked < Number(lines)) {
  const { outer, end } = shape();
  const batch = Array.from({ length: 20 }, () => write(outer) + end);
  run(batch);
  const expected = batch.map(oracle).filter((record) => record !== undefined);
  if (JSON.stringify(got) !== JSON.stringify(expected) || result.malformed > 0) {
    throw new Error(`differs:\n${batch.join('\n')}\n${JSON.stringify(got)}\n${JSON.stringify(expected)}`);
  }
  checked += batch.length;

  const line = damaged(batch[0]);
  const needed = !line.trimEnd().endsWith('}') || line.includes('\n');
  run([...batch.slice(1, 10), line, ...batch.slice(10)]);
  const whole = batch.slice(1).filter((other) => oracle(other) !== undefined).length;
  if (needed && result.malformed === 0) throw new Error(`not noticed: ${line}`);
  if (got.length < whole || got.length > whole + 1) throw new Error(`damage spread: ${line}`);
  bad += Number(result.malformed > 0);
}
console.log(
  `${checked} lines agree with JSON.parse; ${bad} of ${checked / 20} damaged lines noticed, the others harmless`,
);
