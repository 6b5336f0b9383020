import { parseExpression } from '../../../src/expr/expression.ts';
import type { At, OperatorContext, OperatorDefinition, Output, Row } from '../../../src/stage/index.ts';
import { field, operator, WeirError } from '../../../src/stage/index.ts';

interface Sum {
  sum: number;
  last: number;
}

type Options = { limit: number };
type Create = (options: Options, context: OperatorContext) => ReturnType<OperatorDefinition['create']>;

function numberOf({ x }: Row): number {
  if (typeof x === 'number') return x;
  throw new WeirError('WEIR_SUM', `${typeof x} cannot be added`);
}

/** A running sum per key, which keeps every promise; `spec` plants a defect. */
export function summing(spec: Partial<OperatorDefinition<any>> & { create?: Create } = {}): OperatorDefinition<any> {
  return operator({
    summary: 'Add the sum so far of each key.',
    docs: 'For tests.',
    since: '0.1.0',
    stateVersion: 1,
    options: { limit: field.count('Sums are cut to this.', { min: 1, max: 1e9, default: 1e9 }) },
    cost: 'O(1)',
    partition: 'key',
    passes: true,
    reads: () => [['x']],
    types: { sum: 'number' },
    examples: [
      {
        title: 'sums of two keys',
        given: [
          { $time: 0, $key: 'a', x: 1 },
          { $time: 1000, $key: 'b', x: 5 },
          { $time: 2000, $key: 'a', x: 2 },
        ],
        expect: [
          { x: 1, sum: 1 },
          { x: 5, sum: 5 },
          { x: 2, sum: 3 },
        ],
      },
    ],
    create: honest,
    ...spec,
  });
}

function honest({ limit }: Options, context: OperatorContext) {
  const state = context.keyed<Sum>('sums', { create: () => ({ sum: 0, last: 0 }) });
  return {
    onRecord(row: Row, out: Output) {
      const x = numberOf(row);
      const kept = state.update(0, context.at.key);
      kept.sum = Math.min(limit, kept.sum + x);
      out.emit({ ...row, sum: kept.sum });
    },
  };
}

/** An operator without state that passes on what `make` gives. */
function stateless(make: (row: Row, at: At) => Row) {
  return (_: unknown, { at }: OperatorContext) => ({
    onRecord(row: Row, out: Output) {
      out.emit(make(row, at));
    },
  });
}

/** An example of an operator that gives nothing that anybody looks at. */
const anyOutput = [
  {
    title: 'some records',
    given: [
      { $key: 'a', x: 1 },
      { $key: 'b', x: 2 },
    ],
  },
];
const keyless = [{ title: 'some records', given: [{ x: 1 }, { x: 2 }] }];

let shared = 0;

/** Defects by the check that must find them. */
export const planted: Record<string, OperatorDefinition<any>> = {
  'its types are so': summing({ types: { sum: 'text' } }),
  definition: summing({ summary: 'add the sum so far' }),
  'opt-outs': summing({ optOut: { 'no such check': 'there is no reason' } }),
  options: summing({ options: { limit: field.count('Sums are cut to this.', { min: 1, max: 10, default: 11 }) } }),
  examples: summing({ create: stateless((row) => ({ ...row, sum: 0 })) }),
  'one by one equals batched': summing({
    create: () => {
      let held: Row[] = [];
      return {
        onRecord: (row) => void held.push(row),
        onBatchEnd(out) {
          for (const row of held) out.emit({ ...row, of: held.length });
          held = [];
        },
      };
    },
  }),
  'inputs and outputs stay as they are': summing({
    create: () => {
      const made: Row = {};
      return {
        onRecord(row, out) {
          made.x = row.x;
          out.emit(made);
        },
      };
    },
  }),
  'instances share nothing': summing({ create: stateless((row) => ({ ...row, sum: shared++ })) }),
  'snapshots change nothing': summing({
    create: () => {
      let sum = 0;
      return {
        onRecord(row, out) {
          sum += numberOf(row);
          out.emit({ ...row, sum });
        },
      };
    },
  }),
  'a restored state is the same': summing({
    create: () => {
      let sum = 0;
      return {
        onRecord: (row) => void (sum += numberOf(row)),
        snapshot: () => ({ sum }),
        restore: (state) => void (sum = Math.abs((state as { sum: number }).sum) + 1),
      };
    },
  }),
  'changes of state are marked': summing({
    create: (_, context) => {
      const state = context.keyed<Sum>('sums', { create: () => ({ sum: 0, last: 0 }) });
      return {
        onRecord(row, out) {
          const x = numberOf(row);
          const kept = state.peek(0, context.at.key) ?? state.update(0, context.at.key);
          kept.sum += x;
          out.emit({ ...row, sum: kept.sum });
        },
      };
    },
  }),
  'state moves with its keys': summing({
    create: (_, { at }) => {
      let sums: Record<string, number> = {};
      return {
        onRecord(row, out) {
          const key = String(at.key);
          sums[key] = (sums[key] ?? 0) + numberOf(row);
          out.emit({ ...row, sum: sums[key] });
        },
        snapshot: () => sums,
        restore: (state) => void (sums = state as Record<string, number>),
      };
    },
  }),
  'hostile records': summing({ create: stateless((row) => ({ ...row, text: (row.x as number).toFixed(1) })) }),
  'works at the bounds of its options': summing({
    create: ({ limit }) => {
      if (limit === 1) throw new RangeError('nobody thought of one');
      return { onRecord() {} };
    },
  }),
  'what it declares is so': summing({ reads: () => [['y']] }),
  "the planner's form gives the same": summing({
    partition: 'any',
    examples: keyless,
    relational: () => ({ kind: 'filter', filter: parseExpression('x > 1') }),
    create: () => ({ onRecord: (row, out) => void ((row.x as number) >= 1 && out.emit(row)) }),
  }),
  'the first half changes nothing': summing({
    examples: keyless,
    create: (_, { at }) => ({ onRecord: (row, out) => out.emitAt({ x: row.x }, at.time, 0, null) }),
    partial: stateless((row) => ({ x: (row.x as number) + 1 })),
  }),
  'memory of many keys': summing({
    eventTime: true,
    examples: anyOutput,
    create: (_, context) => {
      const state = context.keyed<Row>('rows', { create: () => ({}) });
      return {
        onRecord: (row) => state.set(0, context.at.key, row),
        onWatermark(time, out) {
          if (time === Number.POSITIVE_INFINITY) for (const [, row] of state.entries(0)) out.emit(row);
          if (time === Number.POSITIVE_INFINITY) state.drop(0);
        },
      };
    },
  }),
  'turns are short': summing({
    create: stateless((row) => {
      for (const until = performance.now() + 20; performance.now() < until; );
      return row;
    }),
  }),
};
