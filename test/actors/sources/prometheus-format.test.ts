import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Exposition, type Format, formatOf } from '../../../actors/lib/prometheus/exposition.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';

interface Case {
  format: Format;
  given: string;
  samples: { metric: string; type: string; labels: object; value: unknown; timestamp: number | null }[] | null;
}

/** What prometheus_client reads of them; made by make.py, which names its version. */
const CASES: Case[] = JSON.parse(readFileSync(new URL('prometheus/samples.json', import.meta.url), 'utf8')).cases;

function read(text: string, format: Format, lines = 1e9): Exposition {
  const exposition = new Exposition(text, format);
  while (!exposition.read(lines));
  return exposition;
}

const shown = (value: number) =>
  Number.isFinite(value) ? value : String(value).replace('Infinity', 'inf').replace('NaN', 'nan');
const seconds = (ms: number | undefined) => (ms === undefined ? null : ms / 1000);

function samplesOf(exposition: Exposition) {
  return exposition.samples.map(({ time, exemplar, value, ...rest }) => ({
    ...rest,
    value: shown(value),
    timestamp: seconds(time),
    exemplar:
      exemplar === undefined
        ? null
        : { labels: exemplar.labels, value: shown(exemplar.value), timestamp: exemplar.timestamp ?? null },
  }));
}

/** What it refuses and we take, as Prometheus does, with the value that stands there. */
const TAKEN = new Map([
  // An exemplar of a sample that is no counter and no bucket.
  ['a 1 # {} 2\n# EOF\n', 1],
  // A name in quotes, which it does not take without a family of that name.
  ['{"a.b",x="1"} 1\n# EOF\n', 1],
]);

describe('as prometheus_client reads it', () => {
  test.each(CASES.map((each) => [each.format, JSON.stringify(each.given).slice(0, 70), each] as const))(
    '%s %s',
    (format, _, { given, samples }) => {
      const exposition = read(given, format);
      if (TAKEN.has(given)) expect(exposition.samples.map(({ value }) => value)).toEqual([TAKEN.get(given)]);
      else if (samples === null) expect(exposition.fault).toBeTypeOf('string');
      else {
        expect(exposition.fault).toBeUndefined();
        expect(samplesOf(exposition)).toEqual(samples);
      }
    },
  );
});

test('the format is what the answer says', () => {
  expect(formatOf('application/openmetrics-text; version=1.0.0; charset=utf-8')).toBe('openmetrics');
  expect(formatOf('text/plain; version=0.0.4')).toBe('text');
  expect(formatOf(null)).toBe('text');
});

describe('whatever comes', () => {
  const random = prng('prometheus');
  const draw = (n: number) => Math.floor(random() * n);
  const pick = <T>(all: readonly T[]): T => all[draw(all.length)] as T;
  const valid = CASES.filter(({ samples }) => samples !== null && samples.length > 0);
  const junk = [
    '{',
    '}',
    '"',
    '\\',
    ',',
    '=',
    '#',
    ' ',
    '\n',
    '\t',
    '1',
    'a',
    '_',
    '\u0000',
    'é',
    '__proto__',
    '# EOF',
    'NaN',
    '\r',
    '1e999',
  ];

  test('is samples or a fault with its line, in whatever pieces it is read', () => {
    for (let run = 0; run < tries(100_000); run++) {
      const { given, format } = pick(valid);
      const from = draw(Math.max(1, given.length - 300));
      let text = given.length > 600 ? given.slice(from, from + 300) : given;
      for (let i = draw(5); i > 0; i--) {
        const at = draw(text.length + 1);
        text = text.slice(0, at) + (draw(4) === 0 ? '' : pick(junk)) + text.slice(at + draw(3));
      }
      const whole = read(text, format);
      const pieces = read(text, format, 1 + draw(3));
      const isFine =
        (whole.fault === undefined || whole.fault.length > 5) &&
        whole.fault === pieces.fault &&
        whole.samples.length === pieces.samples.length &&
        whole.samples.every(({ value, time, labels }) => {
          const isTime = time === undefined || Number.isFinite(time);
          return typeof value === 'number' && isTime && Object.getPrototypeOf(labels) === Object.prototype;
        });
      expect(isFine, `run ${run}: ${JSON.stringify(text)} gives ${whole.fault}`).toBe(true);
    }
  });

  test('that follows the rules is read as it was written', () => {
    const text = () =>
      Array.from({ length: draw(8) }, () => pick(['a', '"', '\\', '\n', '}', '{', ',', '=', ' # ', 'é'])).join('');
    const escaped = (value: string) => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
    for (let run = 0; run < tries(20_000); run++) {
      const format = pick(['text', 'openmetrics'] as const);
      const labels: Record<string, string> = {};
      for (let i = draw(4); i > 0; i--) labels[`l${i}`] = text();
      const value = pick([0, -1, 1.5, 1e300, 5e-324, random() * 1e9]);
      const time = draw(2) === 0 ? undefined : Date.UTC(2024, 0, 1) + draw(1e9);
      const written = Object.entries(labels).map(([name, each]) => `${name}="${escaped(each)}"`);
      const stamp = time === undefined ? '' : ` ${format === 'text' ? time : time / 1000}`;
      const end = format === 'text' ? '' : '# EOF\n';
      const line = `m_total${written.length === 0 ? '' : `{${written.join()}}`} ${value}${stamp}`;
      const { samples, fault } = read(`# TYPE m${format === 'text' ? '_total' : ''} counter\n${line}\n${end}`, format);
      expect(fault, line).toBeUndefined();
      expect(samples).toEqual([{ metric: 'm_total', type: 'counter', labels, value, time, exemplar: undefined }]);
    }
  });
});
