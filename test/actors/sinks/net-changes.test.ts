import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NetChanges } from '../../../actors/lib/upsert/net-changes.ts';
import { tries } from '../../support/thorough.ts';

interface Change {
  version: number;
  retract: boolean;
}

/** A key's row goes from version to version: each is taken back when the next one comes, by whoever made it. */
const changesOf = (versions: number, ends: boolean): Change[][] =>
  Array.from({ length: versions }, (_, version) => {
    const made = { version, retract: false };
    return version < versions - 1 || ends ? [made, { version, retract: true }] : [made];
  });

const taken = (net: NetChanges) => [...net.take()].map(([key, row]) => [key, row && { ...row }]);

test('in whatever order changes come from several subtasks, the last version is left', () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 6 }),
    fc.boolean(),
    fc.infiniteStream(fc.nat()),
    (versions, ends, choices) => {
      const waiting = changesOf(versions, ends);
      const net = new NetChanges();
      // Those of one subtask keep their order, and others come in between.
      while (waiting.some((list) => list.length > 0)) {
        const rest = waiting.filter((list) => list.length > 0);
        const list = rest[choices.next().value % rest.length] as Change[];
        const { version, retract } = list.shift() as Change;
        net.add('k', { version }, retract);
      }
      expect(taken(net)).toEqual(ends ? [] : [['k', { version: versions - 1 }]]);
    },
  );
  fc.assert(property, { numRuns: tries(500) });
});

test('a row of an earlier checkpoint goes when it is taken back and nothing takes its place', () => {
  const net = new NetChanges();
  net.add('gone', { n: 1 }, true);
  net.add('replaced', { n: 2 }, false);
  net.add('replaced', { n: 1 }, true);
  net.add('back', { n: 1, text: 'a' }, true);
  net.add('back', { text: 'a', n: 1 }, false);
  expect(taken(net)).toEqual([
    ['gone', null],
    ['replaced', { n: 2 }],
  ]);
  expect(taken(net)).toEqual([]);
});
