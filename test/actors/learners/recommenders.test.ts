import fc from 'fast-check';
import { Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { CoOccurrenceModel } from '../../../actors/lib/learn/co-occurrence-model.ts';
import { FactorModel, type FactorRule } from '../../../actors/lib/learn/factor-model.ts';
import { kalmanFactors, sgdFactors } from '../../../actors/lib/learn/factor-rules.ts';
import { IdTable } from '../../../actors/lib/learn/id-table.ts';
import { Best } from '../../../actors/lib/learn/recommendation.ts';
import { prng } from '../../../src/base/prng.ts';
import { tries } from '../../support/thorough.ts';

const KALMAN = { k: 3, biasVariance: 0.3, factorVariance: 0.15, noise: 0.6, drift: 0.001 };
const SGD = { k: 3, step: 0.15, biasStep: 0.05, l2: 0.03 };
const RULES: [name: string, rule: () => FactorRule][] = [
  ['Kalman factors', () => kalmanFactors(KALMAN)],
  ['gradient factors', () => sgdFactors(SGD)],
];

type Rating = [user: string, item: string, rating: number];

/** Ratings of a low rank, 1 … 5 or so, with noise. */
function* ratings(n: number, seed: number, users = 40, items = 60): Generator<Rating> {
  const random = prng(seed);
  const rows = (m: number) => Array.from({ length: m }, () => [random() - 0.5, random() - 0.5, random() - 0.5]);
  const [p, q] = [rows(users), rows(items)];
  for (let i = 0; i < n; i++) {
    const [u, v] = [Math.floor(random() * users), Math.floor(random() * items)];
    const [a, b] = [p[u] as number[], q[v] as number[]];
    const product = a.reduce((sum, x, j) => sum + x * (b[j] as number), 0);
    yield [`u${u}`, `i${v}`, 3 + (a[0] as number) + (b[0] as number) + 4 * product + 0.2 * (random() - 0.5)];
  }
}

describe('ids', () => {
  test('the least recently used gives way, as in a list', () => {
    const uses = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 200 });
    const property = fc.property(uses, fc.integer({ min: 1, max: 6 }), fc.nat({ max: 200 }), (ids, most, savedAt) => {
      let table = new IdTable(most);
      let list: number[] = [];
      for (const [i, id] of ids.entries()) {
        if (i === savedAt) table = new IdTable(most, structuredClone(table.save()));
        const slot = table.find(id);
        expect(slot >= 0).toBe(list.includes(id));
        if (slot >= 0) table.touch(slot);
        else table.begin(id);
        list = [id, ...list.filter((other) => other !== id)].slice(0, most);
        expect(table.save().ids.map(([one]) => one)).toEqual(list);
        for (const [one, at] of table.save().ids) expect(table.ids[at]).toBe(one);
      }
    });
    fc.assert(property, { numRuns: tries(100) });
  });

  test('the best of a list are those that sorting finds', () => {
    const property = fc.property(fc.array(fc.integer({ max: 20 })), fc.nat({ max: 8 }), (scores, n) => {
      const best = new Best(n);
      for (const [item, score] of scores.entries()) best.add(item, score);
      const sorted = scores.map((score, item) => ({ item, score })).sort((a, b) => b.score - a.score);
      expect(best.list).toEqual(sorted.slice(0, n));
    });
    fc.assert(property);
  });
});

describe('factorisation', () => {
  test('a gradient step is that of half the squared error and the penalty, by finite differences', () => {
    const random = prng(1);
    const [p, q] = [Float64Array.from({ length: 4 }, random), Float64Array.from({ length: 4 }, random)];
    const rating = 2.5;
    const product = (a: Float64Array, b: Float64Array) => {
      return (
        (a[0] as number) + (b[0] as number) + a.reduce((sum, x, j) => (j > 0 ? sum + x * (b[j] as number) : sum), 0)
      );
    };
    const loss = (a: Float64Array, b: Float64Array) => {
      const squares = [...a, ...b].reduce((sum, x) => sum + x * x, 0);
      return 0.5 * (rating - product(a, b)) ** 2 + 0.5 * SGD.l2 * squares;
    };
    const [a, b] = [p.slice(), q.slice()];
    sgdFactors(SGD).step(a, 0, b, 0, rating - product(p, q));
    for (const [side, [was, is]] of [[p, a] as const, [q, b] as const].entries()) {
      for (let j = 0; j < 4; j++) {
        const moved = (h: number) => was.map((x, i) => (i === j ? x + h : x));
        const at = (h: number) => (side === 0 ? loss(moved(h), q) : loss(p, moved(h)));
        const gradient = (at(1e-5) - at(-1e-5)) / 2e-5;
        const step = j === 0 ? SGD.biasStep : SGD.step;
        expect((is[j] as number) - (was[j] as number)).toBeCloseTo(-step * gradient, 8);
      }
    }
  });

  test('a Kalman step is that of matrices, and the covariances stay positive', () => {
    const rule = kalmanFactors({ ...KALMAN, drift: 0 });
    const random = prng(2);
    const [user, item] = [new Float64Array(rule.width), new Float64Array(rule.width)];
    for (const one of [user, item]) {
      for (let j = 1; j < 4; j++) one[j] = random() - 0.5;
      rule.begin(one, 0);
    }
    const first = () => Matrix.diag([0.3, 0.15, 0.15, 0.15]);
    let [a, b, covA, covB] = [[...user.slice(0, 4)], [...item.slice(0, 4)], first(), first()];
    for (let i = 0; i < 50; i++) {
      const error = 2 * random() - 1;
      const x = Matrix.columnVector([1, ...b.slice(1)]);
      const z = Matrix.columnVector([1, ...a.slice(1)]);
      const [ax, bz] = [covA.mmul(x), covB.mmul(z)];
      const s = 0.6 + x.dot(ax) + z.dot(bz);
      a = a.map((value, j) => value + (ax.get(j, 0) * error) / s);
      b = b.map((value, j) => value + (bz.get(j, 0) * error) / s);
      covA = Matrix.sub(covA, ax.mmul(ax.transpose()).div(s));
      covB = Matrix.sub(covB, bz.mmul(bz.transpose()).div(s));
      rule.step(user, 0, item, 0, error);
      for (const [flat, mean, cov] of [[user, a, covA] as const, [item, b, covB] as const]) {
        const upper = cov.to2DArray().flatMap((row, r) => row.slice(r));
        for (const [j, value] of [...mean, ...upper].entries()) expect(flat[j]).toBeCloseTo(value, 10);
      }
    }
  });

  test.each(RULES)('%s predict ratings of a low rank much better than their mean', (_, rule) => {
    const model = new FactorModel(rule(), 100, 100);
    let [squares, off, n, mean] = [0, 0, 0, 0];
    for (const [i, [user, item, rating]] of [...ratings(8000, 3)].entries()) {
      if (i >= 4000) {
        squares += (model.predict(user, item) - rating) ** 2;
        off += (mean - rating) ** 2;
      }
      model.learn(user, item, rating);
      mean += (rating - mean) / ++n;
    }
    expect(squares).toBeLessThan(0.2 * off);
  });

  test.each(RULES)('%s learn ratings of any scale alike', (_, rule) => {
    const [model, scaled] = [new FactorModel(rule(), 100, 100), new FactorModel(rule(), 100, 100)];
    for (const [user, item, rating] of ratings(1000, 4)) {
      model.learn(user, item, rating);
      scaled.learn(user, item, 1000 * rating - 7);
    }
    for (const [user, item] of ratings(20, 5)) {
      expect(scaled.predict(user, item)).toBeCloseTo(1000 * model.predict(user, item) - 7, 6);
    }
  });

  test.each(RULES)('%s keep no more users and items than they may, and give the best', (_, rule) => {
    const model = new FactorModel(rule(), 10, 15);
    for (const [user, item, rating] of ratings(2000, 6)) model.learn(user, item, rating);
    const { users, items } = model.save();
    expect([users.ids.ids.length, items.ids.ids.length]).toEqual([10, 15]);
    const user = users.ids.ids[0]?.[0] as string;
    const all = items.ids.ids.map(([item]) => model.predict(user, item)).sort((a, b) => b - a);
    expect(model.top(user, 4).map(({ score }) => score)).toEqual(all.slice(0, 4));
  });

  test.each(RULES)('%s stay finite over ratings as large as can be', (_, rule) => {
    const model = new FactorModel(rule(), 100, 100);
    for (const [i, [user, item, rating]] of [...ratings(3000, 7)].entries()) {
      model.learn(user, item, i % 100 === 7 ? 1e50 : i % 100 === 9 ? -1e50 : rating);
      expect(Math.abs(model.predict(user, item))).toBeLessThanOrEqual(1e50);
    }
  });

  test.each(RULES)('%s restored go on bit for bit', (_, rule) => {
    const model = new FactorModel(rule(), 20, 30);
    let again = new FactorModel(rule(), 20, 30);
    for (const [i, [user, item, rating]] of [...ratings(1000, 8)].entries()) {
      for (const one of [model, again]) one.learn(user, item, rating);
      if (i % 100 === 50) again = FactorModel.restore(rule(), 20, 30, structuredClone(again.save()));
    }
    expect(again.save()).toEqual(model.save());
  });
});

describe('items that occur together', () => {
  const OPTIONS = { users: 100, items: 100, recent: 3, neighbours: 100, memory: 1e9 };

  test('are liked by counts, as a naive count has it', () => {
    const [users, items] = [fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 7 })];
    const property = fc.property(fc.array(fc.tuple(users, items), { minLength: 1, maxLength: 80 }), (events) => {
      const model = new CoOccurrenceModel(OPTIONS);
      const recents = new Map<number, number[]>();
      const [alone, together] = [new Map<number, number>(), new Map<string, number>()];
      const add = <K>(counts: Map<K, number>, key: K) => counts.set(key, (counts.get(key) ?? 0) + 1);
      for (const [user, item] of events) {
        const recent = recents.get(user) ?? [];
        add(alone, item);
        for (const other of recent)
          if (other !== item) for (const key of [`${item},${other}`, `${other},${item}`]) add(together, key);
        recents.set(user, [item, ...recent.filter((other) => other !== item)].slice(0, 3));
        model.learn(user, item);
      }
      const score = (recent: number[], item: number) => {
        const likeness = recent.map((other) => {
          if (other === item || !alone.has(item)) return 0;
          const both = (alone.get(item) as number) * (alone.get(other) as number);
          return (together.get(`${item},${other}`) ?? 0) / Math.sqrt(both);
        });
        return likeness.reduce((sum, one) => sum + one, 0) / recent.length;
      };
      for (const [user, recent] of recents) {
        const all: number[] = [];
        for (let item = 0; item < 8; item++) {
          expect(model.predict(user, item)).toBeCloseTo(score(recent, item), 6);
          if (!recent.includes(item) && score(recent, item) > 0) all.push(score(recent, item));
        }
        const expected = all.sort((a, b) => b - a).slice(0, 4);
        const top = model.top(user, 4);
        expect(top).toHaveLength(expected.length);
        for (const [i, one] of top.entries()) expect(one.score).toBeCloseTo(expected[i] as number, 6);
      }
    });
    fc.assert(property, { numRuns: tries(100) });
  });

  test('two that know other users are put together exactly', () => {
    const event = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 7 }));
    const property = fc.property(fc.array(event, { minLength: 1, maxLength: 80 }), (events) => {
      const [one, two, both] = [0, 1, 2].map(() => new CoOccurrenceModel(OPTIONS)) as [
        CoOccurrenceModel,
        CoOccurrenceModel,
        CoOccurrenceModel,
      ];
      for (const [user, item] of events) {
        (user % 2 === 0 ? one : two).learn(user, item);
        both.learn(user, item);
      }
      one.merge(two);
      for (let user = 0; user < 6; user++) {
        for (let item = 0; item < 8; item++) {
          expect(one.predict(user, item)).toBeCloseTo(both.predict(user, item), 6);
        }
      }
    });
    fc.assert(property, { numRuns: tries(100) });
  });

  test('are forgotten, and stay within bounds, in size and in numbers', () => {
    const options = { users: 5, items: 10, recent: 3, neighbours: 4, memory: 20 };
    const model = new CoOccurrenceModel(options);
    const random = prng(9);
    for (let i = 0; i < 20_000; i++) model.learn(Math.floor(random() * 8), `i${Math.floor(random() * 20)}`);
    const { items, together, counts } = model.save();
    expect(items.ids).toHaveLength(10);
    expect(together).toHaveLength(40);
    expect([...together, ...counts].every(Number.isFinite)).toBe(true);
    // What one user takes now in turn goes together, whatever was before.
    for (let i = 0; i < 200; i++) model.learn('last', i % 2 === 0 ? 'tea' : 'bread');
    model.learn('new', 'tea');
    expect(model.top('new', 1)[0]?.item).toBe('bread');
  });

  test('a restored model goes on bit for bit', () => {
    const options = { users: 5, items: 10, recent: 3, neighbours: 4, memory: 20 };
    const model = new CoOccurrenceModel(options);
    let again = new CoOccurrenceModel(options);
    const random = prng(10);
    for (let i = 0; i < 2000; i++) {
      const [user, item] = [Math.floor(random() * 8), Math.floor(random() * 20)];
      for (const one of [model, again]) one.learn(user, item);
      if (i % 70 === 3) again = CoOccurrenceModel.restore(options, structuredClone(again.save()));
    }
    expect(again.save()).toEqual(model.save());
  });
});
