import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { launch } from '../../src/host/launch.ts';
import { freshFolder } from '../support/folder.ts';
import { graphOf, node } from '../support/graphs.ts';

const folder = freshFolder();

const ODDITIES: unknown[] = (await import(new URL('./stages/oddities.mjs', import.meta.url).href)).ODDITIES;

async function run(fault: string, threads: number, count: number) {
  return await through(node('m', 'operator', 'map', { with: `./faulty.mjs#${fault}` }, 's'), threads, count);
}

async function through(made: ReturnType<typeof node>, threads: number, count: number) {
  const source = node('s', 'source', './numbers.mjs', { count });
  return await between(threads, made.kind === 'source' ? [made] : [source, made]);
}

async function between(threads: number, nodes: ReturnType<typeof node>[]) {
  const graph = graphOf([
    ...nodes,
    node('x', 'operator', 'exchange', { how: 'rebalance' }, 'm'),
    node('o', 'sink', 'file', { path: folder.at('out') }, 'x'),
  ]);
  const { engine, close } = launch(graph, { threads, stateFolder: folder.at('state') });
  try {
    return await engine.run();
  } finally {
    await close();
  }
}

test.each([1, 2])('records that cannot be written or sent are dead letters, with %i threads', async (threads) => {
  const summary = await run('oddities', threads, 60);
  expect(summary).toMatchObject({ recordsIn: 60, restarts: 0, deadLetters: 50 });
  expect(
    folder
      .rows('out')
      .map(({ n }) => n)
      .sort((a, b) => a - b),
  ).toEqual([5, 11, 17, 23, 29, 35, 41, 47, 53, 59]);
  const letters = folder.rows('state/dead-letters.ndjson');
  expect(letters.filter(({ stage }) => stage === 'm').length).toBe(50);
  expect(new Set(letters.map(({ code }) => code))).toEqual(new Set(['WEIR_NOT_PLAIN']));
});

test('what is thrown without a text, or as its own cause, is a dead letter', async () => {
  const summary = await run('throwsOddly', 1, 10);
  expect(summary).toMatchObject({ restarts: 0, deadLetters: 2, recordsOut: 8 });
});

test.each([1, 2])('a record that cannot cross to another thread costs no other, with %i threads', async (threads) => {
  const summary = await through(node('m', 'operator', './odd.mjs', {}, 's'), threads, 1000);
  expect(summary).toMatchObject({ recordsIn: 1000, restarts: 0, deadLetters: 100, recordsOut: 900 });
  const expected = Array.from({ length: 1000 }, (_, n) => n).filter((n) => n % 10 > 0);
  expect(
    folder
      .rows('out')
      .map(({ n }) => n)
      .sort((a, b) => a - b),
  ).toEqual(expected);
  const letters = folder.rows('state/dead-letters.ndjson') as { order: number }[];
  expect(letters.map(({ order }) => order / 10).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 100 }, (_, i) => i),
  );
});

describe.each([1, 2])(
  'what is no plain record is a dead letter of the stage that gave it, with %i threads',
  (threads) => {
    test.each([
      ['a function', () => node('m', 'operator', 'map', { with: './oddities.mjs#oddity' }, 's')],
      ['an operator of your own', () => node('m', 'operator', './gives-anything.mjs', {}, 's')],
      ['a source of your own', () => node('m', 'source', './reads-anything.mjs', {})],
      [
        'a codec of your own',
        () =>
          node('m', 'source', 'file', { path: folder.at('in') }, undefined, {
            codec: { name: './decodes-anything.mjs', options: {} },
          }),
      ],
    ])('%s', async (_, made) => {
      folder.write('in', 'x'.repeat(ODDITIES.length));
      const summary = await through(made(), threads, ODDITIES.length);
      expect(summary).toMatchObject({ restarts: 0, deadLetters: ODDITIES.length - 1, recordsOut: 1 });
      const letters = folder.rows('state/dead-letters.ndjson');
      for (const { stage, code } of letters)
        expect([stage, code]).toEqual(['m', expect.stringMatching(/NOT_PLAIN|MAP_RESULT/)]);
      expect(letters.map(({ order }) => order).sort((a, b) => a - b)).toEqual(ODDITIES.map((_, n) => n).slice(0, -1));
      expect(readFileSync(folder.at('out'), 'utf8')).toBe(
        '{"s":"a\ufffd","m":{"a":1},"l":["x",7],"b":"/wA=","d":"1970-01-01T00:00:00.000Z","t":"\\u0001bigint 7"}\n',
      );
    });
  },
);
