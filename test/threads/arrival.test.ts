import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import { weir } from '../nexmark/cli.ts';
import { testInTurn, tries } from '../support/thorough.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const HOSTS = 40;
/** A reading of each host in turn, in the order of event time. */
const readings = Array.from({ length: tries(30_000) }, (_, n) => ({
  host: n % HOSTS,
  t: 10 * n,
  n,
  v: (n * 7919) % 100,
}));

/** Written down from the documentation; the input is in order. */
function expected(): Record<string, object[]> {
  const [alerts, rates, firsts]: [object[], object[], object[]] = [[], [], []];
  const firing = new Set<number>();
  const before = new Map<number, (typeof readings)[number]>();
  const kept = new Map<number, number>();
  for (const reading of readings) {
    const { host, t, v, n } = reading;
    if (!firing.has(host) && v > 80) {
      firing.add(host);
      alerts.push({ state: 'firing', time: t, text: `${n}` });
    } else if (firing.has(host) && v < 50) {
      firing.delete(host);
      alerts.push({ state: 'resolved', time: t, text: `${n}` });
    }
    const last = before.get(host);
    const grown = last && (v >= last.v ? v - last.v : v);
    rates.push({ n, rate: last === undefined ? null : ((grown as number) / (t - last.t)) * 1000 });
    before.set(host, reading);
    if (t - (kept.get(v) ?? Number.NEGATIVE_INFINITY) < 5000) continue;
    kept.set(v, t);
    firsts.push({ n });
  }
  return { alerts, rates, firsts };
}

const TOPOLOGY = `
name: arrival
streams:
  readings:
    source: { file: { path: in.ndjson, chunk: 4KiB } }
    time: { at: t, outOfOrder: 1s }
    do: [ { key: host } ]
  alerts:
    from: readings
    do:
      - alert-rule: { when: v > 80, clear: v < 50, text: "\${n}" }
      - select: { state: state, time: time, text: text }
    to: { file: alerts.out }
  rates:
    from: readings
    do: [ { rate: { of: v, bits: never } }, { select: { n: n, rate: rate } } ]
    to: { file: rates.out }
  scores:
    from: readings
    do: [ { z-score: v }, { select: { n: n, z: z, mean: mean, stddev: stddev } } ]
    to: { file: scores.out }
  firsts:
    from: readings
    do: [ { dedupe: { of: v, within: 5s } }, { select: { n: n } } ]
    to: { file: firsts.out }
`;

const linesOf = (name: string) =>
  readFileSync(join(folder, `${name}.out`), 'utf8')
    .trim()
    .split('\n')
    .sort();

testInTurn(
  'alerts, scores, rates and what is kept of repeats are the same with one, two and three threads',
  async () => {
    writeFileSync(join(folder, 'in.ndjson'), readings.map((reading) => `${JSON.stringify(reading)}\n`).join(''));
    writeFileSync(join(folder, 't.yaml'), TOPOLOGY);
    let scores: string[] | undefined;
    for (const threads of [1, 2, 3]) {
      const run = await weir(['run', 't.yaml', '--fresh', '--json', '--threads', `${threads}`], folder).ended;
      expect(run.code, run.stderr).toBe(0);
      expect(JSON.parse(run.stdout.trim().split('\n').at(-1) as string)).toMatchObject({ late: 0, deadLetters: 0 });
      for (const [name, rows] of Object.entries(expected())) {
        expect(linesOf(name)).toEqual(rows.map((row) => JSON.stringify(row)).sort());
      }
      scores ??= linesOf('scores');
      expect(scores.length).toBe(readings.length);
      expect(linesOf('scores')).toEqual(scores);
    }
  },
);
