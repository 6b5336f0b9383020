import { expect, test } from 'vitest';
import { issuesOf } from './support.ts';

test('a parallelism without effect is a warning', async () => {
  expect(
    await issuesOf(`name: t
streams:
  a:
    source: { ticks: {}, parallelism: 2 }
    do:
      - { dedupe: {}, parallelism: 2 }
      - { where: x, parallelism: 2 }
      - key: a
      - { dedupe: {}, parallelism: 2 }
    to: { out: x }
  b: { from: a, do: [ { dedupe: {}, parallelism: 3 } ], to: { out: y } }
  c: { source: ticks, do: [ { dedupe: {}, parallelism: 1 } ], to: { out: z }, parallelism: 4 }
`),
  ).toEqual([
    't.yaml:4:15  warning: parallelism 2 of ticks has no effect: this source cannot be split',
    't.yaml:6:11  warning: parallelism 2 of dedupe has no effect: the stream has no key; write key: FIELD before it',
  ]);
});
