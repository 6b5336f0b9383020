import fc from 'fast-check';
import { expect, test } from 'vitest';
import alertRule from '../../../actors/operators/alert-rule.ts';
import { OperatorRig } from '../support/operator-rig.ts';

const options = { name: 'hot', when: 'c > 80', clear: 'c < 60', for: '10ms', text: '${c}', severity: 'page' };
const keyed = { keyNames: ['core'] };

const run = (rig: OperatorRig, values: [time: number, c: number][]) => {
  for (const [time, c] of values) rig.push({ c }, time, 1);
  return rig
    .end()
    .take()
    .map(({ state, since, time }) => [state, since, time]);
};

test('one record for each change, whole', () => {
  const rig = new OperatorRig(alertRule, { ...options, for: '0' }, keyed);
  rig.push({ c: 90 }, 5, 1, 77).end();
  const row = { alert: 'hot', state: 'firing', severity: 'page', since: 5, time: 5, text: '90', core: 1 };
  expect(rig.out).toEqual([{ row, time: 5, order: 77, key: 1 }]);
});

test('a break before the time is up begins it anew', () => {
  const rig = new OperatorRig(alertRule, options, keyed);
  expect(
    run(rig, [
      [0, 90],
      [9, 70],
      [10, 90],
      [19, 90],
      [20, 90],
    ]),
  ).toEqual([['firing', 10, 20]]);
});

test('between the two bounds nothing changes', () => {
  const rig = new OperatorRig(alertRule, { ...options, for: '0' }, keyed);
  const values: [number, number][] = [
    [0, 90],
    [1, 70],
    [2, 85],
    [3, 61],
    [4, 59],
    [5, 70],
    [6, 81],
  ];
  expect(run(rig, values)).toEqual([
    ['firing', 0, 0],
    ['resolved', 0, 4],
    ['firing', 6, 6],
  ]);
});

test('without `clear` the first record that does not hold resolves', () => {
  const rig = new OperatorRig(alertRule, { when: 'c > 80', text: 'x' }, keyed);
  expect(
    run(rig, [
      [0, 90],
      [1, 80],
    ]),
  ).toEqual([
    ['firing', 0, 0],
    ['resolved', 0, 1],
  ]);
});

test('a record that comes before an older one of its key has its turn behind it', () => {
  const rig = new OperatorRig(alertRule, { ...options, for: '0' }, keyed);
  expect(
    run(rig, [
      [10, 50],
      [5, 90],
    ]),
  ).toEqual([
    ['firing', 5, 5],
    ['resolved', 5, 10],
  ]);
});

test('keys do not see each other', () => {
  const rig = new OperatorRig(alertRule, { ...options, for: '0' }, keyed);
  rig.push({ c: 90 }, 0, 1).push({ c: 50 }, 1, 2).push({ c: 90 }, 2, 1);
  expect(rig.end().take().length).toBe(1);
});

test('a text that cannot be made leaves the alert as it was, so that the next record fires it', () => {
  const rig = new OperatorRig(alertRule, { when: 'c > 80', text: '${upper(name)}' }, keyed);
  rig.push({ c: 90, name: 7 }, 0, 1, 5).push({ c: 90, name: 'web' }, 1, 1, 6).end();
  expect(rig.driver.dead).toMatchObject([{ code: 'WEIR_TYPE', input: { c: 90, name: 7 } }]);
  expect(rig.take()).toMatchObject([{ state: 'firing', since: 1, text: 'WEB' }]);
});

test('firing and resolved take turns, and a restore at any place changes nothing', () => {
  const values = fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 40, max: 100 })), {
    maxLength: 40,
  });
  fc.assert(
    fc.property(values, fc.nat(39), (steps, cut) => {
      let time = 0;
      const plain = new OperatorRig(alertRule, options, keyed);
      let cutOff = new OperatorRig(alertRule, options, keyed);
      const rows: unknown[] = [];
      for (const [i, [pause, c]] of steps.entries()) {
        time += pause;
        plain.push({ c }, time, 1);
        cutOff.push({ c }, time, 1);
        if (i !== cut) continue;
        cutOff.watermark(time - 3);
        rows.push(...cutOff.take());
        cutOff = new OperatorRig(alertRule, options, { ...keyed, from: cutOff.save() });
      }
      rows.push(...cutOff.end().take());
      const expected = plain.end().take();
      expect(rows).toEqual(expected);
      expected.forEach(({ state }, i) => {
        expect(state).toBe(i % 2 === 0 ? 'firing' : 'resolved');
      });
    }),
  );
});
