import { hashText } from '../base/hash.ts';
import { LATE_KEPT } from '../flow/late-journal.ts';
import type { outputs } from './graph.ts';
import { type InputRecord, type InputSpec, inputReader } from './input.ts';
import type { Branch, Scenario } from './scenario.ts';

type Row = Record<string, unknown>;

/** What the sinks of a finished run hold: rows by branch, `windows` among them, the dead letters and the late journal. */
export type Held = Partial<Record<keyof typeof outputs | 'dead' | 'journal', Row[]>>;

/** What must be in the sinks, computed from the whole input at once; nothing of the engine's is used. */
export function expected({ input, branches, windowMs, gapMs, rescales }: Scenario): Held {
  const records = recordsOf(input);
  const good = records.filter(({ malformed, value }) => malformed === undefined && value >= -250);
  const keyed = good.filter(({ group }) => !Array.isArray(group));
  const dead = records.flatMap((record): Row[] => {
    if (record.malformed !== undefined) return [{ stage: 'source', code: 'WEIR_MALFORMED', order: record.order }];
    if (!good.includes(record) || !Array.isArray(record.group)) return [];
    return [{ stage: 'key', code: 'WEIR_KEY_TYPE', order: record.order }];
  });
  const all: Record<Branch | 'windows', () => Row[]> = {
    windows: () => windows(keyed, windowMs, ({ group }) => ({ group })),
    all: () => windows(good, windowMs, () => ({})),
    united: () => windows(good, windowMs, () => ({})),
    asked: () => windows(keyed, windowMs, ({ group }) => ({ group })),
    recalled: () => keyed.map(({ lane, n }) => ({ lane, n, foreign: false, gone: false })),
    // State without a key stays with its subtask's number, and so does not come through a rescale.
    sequence: () => [...sequence(keyed), ...(rescales ? [] : [{ total: keyed.length }])],
    sessions: () => sessions(keyed, gapMs),
    totals: () =>
      [...by(keyed, ({ group }) => group)].map(([group, list]) => ({ group, n: list.length, sum: sum(list) })),
    copy: () => good.map(({ lane, n, group, value, text }) => ({ lane, n, group, value, text })),
    forwarded: () => good.map(({ lane, n, group, value, text }) => ({ lane, n, group, value, text })),
    late: () => [],
  };
  const held: Held = { dead };
  for (const branch of ['windows', ...branches] as const) held[branch] = all[branch]();
  return held;
}

function recordsOf(input: InputSpec): InputRecord[] {
  const read = inputReader(input);
  const lanes = Array.from({ length: input.lanes }, (_, lane) => lane);
  return lanes.flatMap((lane) => Array.from({ length: input.count }, (_, n) => read(lane, n)));
}

function by<K>(records: readonly InputRecord[], keyOf: (record: InputRecord) => K): Map<K, InputRecord[]> {
  const groups = new Map<K, InputRecord[]>();
  for (const record of records) {
    const key = keyOf(record);
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return groups;
}

const sum = (records: readonly InputRecord[]) => records.reduce((total, { value }) => total + value, 0);

const windowOf = ({ at }: InputRecord, windowMs: number) => Math.floor(at / windowMs) * windowMs;

function windows(records: readonly InputRecord[], windowMs: number, keyOf: (record: InputRecord) => Row): Row[] {
  return [...by(records, (record) => JSON.stringify([keyOf(record), windowOf(record, windowMs)])).values()].map(
    (list) => {
      const [first] = list as [InputRecord];
      const n = list.length;
      const least = Math.min(...list.map(({ value }) => value));
      const windowStart = windowOf(first, windowMs);
      const windowEnd = windowStart + windowMs;
      return { ...keyOf(first), n, sum: sum(list), least, mean: sum(list) / n, windowStart, windowEnd };
    },
  );
}

function sequence(records: readonly InputRecord[]): Row[] {
  return [...by(records, ({ group }) => group)].map(([group, list]) => {
    const lanes = [...by(list, ({ lane }) => lane)].map(([lane, ofLane]) => {
      const hash = ofLane.reduce((hash, { n }) => hashText(`${hash} ${n}`), 0);
      return [lane, { n: ofLane.at(-1)?.n, hash }] as const;
    });
    return { group, chains: Object.fromEntries(lanes) };
  });
}

function sessions(records: readonly InputRecord[], gapMs: number): Row[] {
  const rows: Row[] = [];
  for (const [group, list] of by(records, ({ group }) => group)) {
    let session: { group: unknown; n: number; windowStart: number; windowEnd: number } | undefined;
    for (const { at } of list.sort((a, b) => a.at - b.at)) {
      if (session === undefined || at > session.windowEnd) {
        session = { group, n: 0, windowStart: at, windowEnd: 0 };
        rows.push(session);
      }
      session.n++;
      session.windowEnd = at + gapMs;
    }
  }
  return rows;
}

let known: { scenario: Scenario; right: Held } | undefined;

/** The first thing that is wrong with what the sinks hold, or undefined. */
export function compare(scenario: Scenario, held: Held): string | undefined {
  // Thousands of runs of one scenario end here.
  if (known?.scenario !== scenario) known = { scenario, right: expected(scenario) };
  const { right } = known;
  if (scenario.branches.includes('late')) {
    const wrong = compareLate(scenario, held, right.windows as Row[]);
    if (wrong !== undefined) return wrong;
  }
  for (const [name, rows] of Object.entries(right)) {
    if (scenario.branches.includes('late') && name !== 'dead') continue;
    const wrong = compareRows(rows, held[name as keyof Held] ?? []);
    if (wrong !== undefined) return `${name}: ${wrong}`;
  }
  return undefined;
}

function compareRows(right: readonly Row[], held: readonly Row[]): string | undefined {
  const missing = counted(right);
  for (const row of held) {
    const text = canonical(row);
    const left = missing.get(text);
    if (!left) return `${left === 0 ? 'given twice' : 'wrong'}: ${short(text)}`;
    missing.set(text, left - 1);
  }
  for (const [text, left] of missing) if (left > 0) return `missing: ${short(text)}`;
  return undefined;
}

function counted(rows: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) {
    const text = canonical(row);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/**
 * Which record comes too late hangs on who was quicker, so there is no one right answer: but each record is either in its
 * window or late, and no window is given twice.
 */
function compareLate(
  { input, windowMs }: Scenario,
  { windows = [], late = [], journal = [] }: Held,
  right: readonly Row[],
): string | undefined {
  const id = (row: Row) => canonical({ group: row.group, windowStart: row.windowStart });
  // The journal has each late record once, as the sink behind the side output has.
  const orders = late.map((row) => inputReader(input)(row.lane as number, row.n as number).order);
  const remembered = journal.map(({ order }) => ({ order }));
  const forgotten = compareRows(
    orders.map((order) => ({ order })),
    remembered,
  );
  if (forgotten !== undefined && late.length <= LATE_KEPT) return `late journal: ${forgotten}`;
  const totals = new Map<string, Row>();
  for (const row of windows) {
    if (totals.has(id(row))) return `windows: given twice: ${id(row)}`;
    totals.set(id(row), { n: row.n, sum: row.sum });
  }
  for (const row of late) {
    const record = inputReader(input)(row.lane as number, row.n as number);
    const key = id({ group: record.group, windowStart: windowOf(record, windowMs) });
    const { n, sum } = (totals.get(key) ?? { n: 0, sum: 0 }) as { n: number; sum: number };
    totals.set(key, { n: n + 1, sum: sum + record.value });
  }
  const flat = (rows: readonly Row[]) => rows.map((row) => ({ id: id(row), n: row.n, sum: row.sum }));
  const found = [...totals].map(([key, row]) => ({ id: key, ...row }));
  const wrong = compareRows(flat(right), found);
  return wrong && `windows and late records: ${wrong}`;
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    // Long texts are all of this letter.
    if (typeof part === 'string' && part.length > 100 && /^x+$/.test(part)) return `${part.length} times x`;
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part;
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function short(text: string): string {
  return text.length > 160 ? `${text.slice(0, 160)}…` : text;
}
