import { expect, test } from 'vitest';
import { deal } from '../../../actors/lib/kafka/assignor.ts';
import {
  readAssignment,
  readSubscription,
  type Subscription,
  writeAssignment,
  writeSubscription,
} from '../../../actors/lib/kafka/group-messages.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';

test('a subscription is laid out as the protocol guide says, version 1', () => {
  const fields = [
    '0001', // version
    '00000001', // topics
    '0006',
    Buffer.from('clicks').toString('hex'),
    'ffffffff', // no user data
    '00000001', // partitions owned, by topic
    '0006',
    Buffer.from('clicks').toString('hex'),
    '00000002',
    '00000000',
    '00000002',
  ];
  const written = writeSubscription({ topics: ['clicks'], owned: ['clicks/0', 'clicks/2'] });
  expect(written.toString('hex')).toBe(fields.join(''));
});

test('subscriptions and assignments are read as they were written', () => {
  const owned = ['clicks/0', 'clicks/2', 'views.eu/11'];
  expect(readSubscription(writeSubscription({ topics: ['clicks', 'views.eu'], owned }))).toEqual({
    topics: ['clicks', 'views.eu'],
    owned,
  });
  expect(readAssignment(writeAssignment(owned))).toEqual(owned);
  expect(readAssignment(Buffer.alloc(0))).toEqual([]);
});

test('what is cut short or claims more than there is ends as an error', () => {
  const whole = writeSubscription({ topics: ['clicks'], owned: ['clicks/0'] });
  for (let size = 0; size < whole.length; size++) {
    expect(() => readSubscription(whole.subarray(0, size))).toThrow(RangeError);
  }
  const greedy = Buffer.from(whole);
  greedy.writeInt32BE(2 ** 31 - 1, 2);
  expect(() => readSubscription(greedy)).toThrow(RangeError);
});

test('partitions are shared evenly, each by one, and only what must moves', () => {
  const random = prng('deal');
  const upTo = (n: number) => Math.floor(random() * n);
  for (let round = 0; round < tries(2000); round++) {
    const partitions = Array.from({ length: upTo(20) }, (_, i) => `t${i % 3}/${i}`);
    let members = new Map<string, Subscription>();
    const topics = ['t0', 't1', 't2'];
    for (let step = 0; step < 4; step++) {
      // Members come and go; who stays has what was dealt to it.
      const names = Array.from({ length: 1 + upTo(5) }, (_, i) => `m${i + upTo(2)}`);
      members = new Map([...new Set(names)].map((name) => [name, members.get(name) ?? { topics, owned: [] }]));
      const before = ownersOf(members);
      let rounds = 0;
      for (; rounds < 3; rounds++) {
        const dealt = deal(members, partitions);
        const given = [...dealt.values()].flat();
        expect(new Set(given).size, 'one reader each').toBe(given.length);
        for (const [name, ids] of dealt) {
          for (const id of ids)
            expect(before.get(id) === undefined || rounds > 0 || before.get(id) === name).toBe(true);
        }
        const now = new Map([...dealt].map(([name, owned]) => [name, { topics, owned }]));
        const settled = given.length === partitions.length && sizesDiffer(now) <= 1;
        members = now;
        if (settled) break;
      }
      expect(rounds, 'settles at the second deal').toBeLessThan(2);
      const moved = partitions.filter((id) => before.has(id) && ownersOf(members).get(id) !== before.get(id)).length;
      expect(moved).toBe(leastMoves(before, members.size, partitions));
    }
  }
});

function ownersOf(members: ReadonlyMap<string, Subscription>): Map<string, string> {
  return new Map([...members].flatMap(([name, { owned }]) => owned.map((id) => [id, name] as const)));
}

function sizesDiffer(members: ReadonlyMap<string, Subscription>): number {
  const sizes = [...members.values()].map(({ owned }) => owned.length);
  return Math.max(...sizes) - Math.min(...sizes);
}

/** How many of those that have an owner have to leave it so that all have as many as the others, or one more. */
function leastMoves(before: ReadonlyMap<string, string>, members: number, partitions: readonly string[]): number {
  const fair = Math.floor(partitions.length / members);
  const extra = partitions.length - fair * members;
  const counts = new Map<string, number>();
  for (const owner of before.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  const above = [...counts.values()].map((count) => count - fair).filter((more) => more > 0);
  const kept = Math.min(extra, above.length);
  return above.reduce((sum, more) => sum + more, 0) - kept;
}
