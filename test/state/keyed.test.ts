import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Key } from '../../src/stage/row.ts';
import { KeyedStore } from '../../src/state/keyed.ts';
import { tries } from '../support/thorough.ts';

type Box = { n: number };
const create = () => ({ n: 0 });

type Op =
  | { kind: 'update' | 'delete'; namespace: number; key: Key }
  | { kind: 'drop'; namespace: number }
  | { kind: 'checkpoint' };

const namespace = fc.integer({ min: 0, max: 3 });
const key = fc.oneof(fc.integer({ min: 0, max: 30 }), fc.constantFrom('a', 'b', null, true));
const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('update' as const), namespace, key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), namespace, key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), namespace }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'checkpoint' as const }) },
);

function contents(store: KeyedStore<Box>): string[] {
  const all: string[] = [];
  for (const n of store.namespaces()) for (const [k, { n: v }] of store.entries(n)) all.push(JSON.stringify([n, k, v]));
  return all.sort();
}

function apply(store: KeyedStore<Box>, { kind, ...at }: Op): void {
  const { namespace: n, key: k } = at as { namespace: number; key: Key };
  if (kind === 'update') store.update(n, k).n++;
  if (kind === 'delete') store.delete(n, k);
  if (kind === 'drop') store.drop(n);
}

/** What a checkpoint store keeps of one state: it drops what is older than `oldest`. */
class Kept {
  deltas: { epoch: number; bytes: Uint8Array }[] = [];
  epoch = 0;
  oldest = 0;

  take(store: KeyedStore<Box>, full = false): void {
    this.epoch++;
    const { bytes, oldest } = store.checkpoint(this.epoch, full);
    this.deltas = this.deltas.filter(({ epoch }) => epoch >= oldest);
    this.deltas.push({ epoch: this.epoch, bytes });
    this.oldest = oldest;
  }

  restore(owns: (key: Key) => boolean = () => true): KeyedStore<Box> {
    const store = new KeyedStore<Box>({ create });
    const oldest = this.deltas[0]?.epoch ?? this.epoch;
    store.restore([this.deltas.map(({ bytes }) => bytes)], this.epoch, oldest, owns);
    return store;
  }
}

describe('keyed state', () => {
  test('comes back from its deltas as it was, whatever was done in between', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 400 }), (ops) => {
        let store = new KeyedStore<Box>({ create });
        const kept = new Kept();
        for (const each of ops) {
          if (each.kind !== 'checkpoint') {
            apply(store, each);
            continue;
          }
          kept.take(store);
          const back = kept.restore();
          expect(contents(back)).toEqual(contents(store));
          expect(back.size).toBe(store.size);
          // From here the restored one goes on, as after a crash.
          store = back;
        }
      }),
      { numRuns: tries(300) },
    );
  });

  test('comes back when it goes on without a crash, over many sweeps', () => {
    const store = new KeyedStore<Box>({ create });
    const kept = new Kept();
    for (let epoch = 0; epoch < 60; epoch++) {
      for (let i = 0; i < 50; i++) store.update(0, (epoch * 37 + i * 13) % 2000).n++;
      if (epoch % 7 === 3) store.drop(1);
      else for (let i = 0; i < 20; i++) store.update(1, i + epoch).n++;
      kept.take(store);
      expect(contents(kept.restore())).toEqual(contents(store));
    }
    // Old deltas do not pile up: what is kept stays near two copies of what lives.
    expect(kept.deltas.length).toBeLessThan(20);
  });

  test('a checkpoint without changes stays small however large the state', () => {
    const store = new KeyedStore<Box>({ create });
    for (let i = 0; i < 100_000; i++) store.update(0, i).n = i;
    const first = store.checkpoint(1).bytes.length;
    expect(store.checkpoint(2).bytes.length).toBeLessThan(first / 100);
  });

  test('at the end of a run nothing of it is kept', () => {
    const store = new KeyedStore<Box>({ create });
    for (let i = 0; i < 1000; i++) store.update(0, i).n = i;
    store.checkpoint(1);
    const { bytes, oldest } = store.finish(2);
    expect(oldest).toBe(2);
    const back = new KeyedStore<Box>({ create });
    back.restore([[bytes]], 2, oldest, () => true);
    expect(contents(back)).toEqual([]);
  });

  test('is dealt out anew by key, each writer for itself', () => {
    const [a, b] = [new KeyedStore<Box>({ create }), new KeyedStore<Box>({ create })];
    const [ka, kb] = [new Kept(), new Kept()];
    for (let i = 0; i < 100; i++) (i % 2 === 0 ? a : b).update(5, i).n = i;
    ka.take(a);
    kb.take(b);
    // One closes the window earlier than the other.
    a.drop(5);
    ka.take(a);
    kb.take(b);
    const store = new KeyedStore<Box>({ create });
    const writers = [ka, kb].map(({ deltas }) => deltas.map(({ bytes }) => bytes));
    store.restore(writers, 2, 1, (k) => (k as number) < 50);
    expect(contents(store).length).toBe(25);
    expect(store.peek(5, 49)).toEqual({ n: 49 });
    expect(store.peek(5, 48)).toBeUndefined();
  });

  test('encode and decode stand between the value and its bytes', () => {
    const options = {
      create: () => new Set<number>(),
      encode: (s: Set<number>) => [...s],
      decode: (d: unknown) => new Set(d as number[]),
    };
    const store = new KeyedStore<Set<number>>(options);
    store.update(0, 'k').add(3).add(4);
    const { bytes } = store.checkpoint(1);
    const back = new KeyedStore<Set<number>>(options);
    back.restore([[bytes]], 1, 1, () => true);
    expect(back.peek(0, 'k')).toEqual(new Set([3, 4]));
  });
});

test('very many entries are put back with pauses', () => {
  const store = new KeyedStore<{ n: number }>({ create: () => ({ n: 0 }) });
  for (let i = 0; i < 20_000; i++) store.update(0, i).n = i;
  const { bytes } = store.checkpoint(1);
  let decoded = 0;
  const back = new KeyedStore<{ n: number }>({
    create: () => ({ n: 0 }),
    decode(data) {
      decoded++;
      return data as { n: number };
    },
  });
  let [before, most] = [0, 0];
  for (const _ of back.restoring([[bytes]], 1, 1, () => true)) {
    most = Math.max(most, decoded - before);
    before = decoded;
  }
  expect(most).toBeLessThanOrEqual(1000);
  expect(back.size).toBe(20_000);
  expect(back.peek(0, 19_999)).toEqual({ n: 19_999 });
});
