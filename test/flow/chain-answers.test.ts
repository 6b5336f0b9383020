import { expect, test } from 'vitest';
import { WeirError } from '../../src/base/errors.ts';
import type { OperatorContext, Output } from '../../src/stage/operator.ts';
import type { At, Row } from '../../src/stage/row.ts';
import { ChainRig } from './chain-rig.ts';

/** Passes each record on when `answer` is told of it; the records by the name of theirs. */
class Answers {
  readonly #waiting = new Map<unknown, { row: Row; at: At }>();
  readonly #answered: { row: Row; at: At }[] = [];
  #context!: OperatorContext;

  readonly make = (context: OperatorContext) => {
    this.#context = context;
    return {
      onRecord: (row: Row) => void this.#waiting.set(row.name, { row, at: { ...context.at } }),
      onWake: (out: Output) => {
        const come = this.#answered.splice(0);
        for (const { row, at } of come) out.emitAt(row, at.time, at.order, at.key);
        return come.length > 0;
      },
      pending: () => this.#waiting.size + this.#answered.length > 0,
      busy: () => this.#waiting.size > 1,
    };
  };

  answer(name: unknown): void {
    const asked = this.#waiting.get(name);
    if (asked === undefined) throw new Error(`${name} does not wait`);
    this.#waiting.delete(name);
    this.#answered.push(asked);
    this.#context.wake();
  }
}

const [a, b, c] = [{ name: 'a' }, { name: 'b' }, { name: 'c' }];

test.each([
  ['a watermark', { kind: 'watermark', time: 9 }, 'watermark 9'],
  ['idleness', { kind: 'idle' }, 'idle'],
  ['a barrier', { kind: 'barrier', epoch: 3 }, 'barrier 3'],
] as const)('%s waits for the answers to the records before it', async (_, signal, shown) => {
  const answers = new Answers();
  const rig = new ChainRig(answers.make);
  rig.batch(a).send(signal).batch(b).run();
  expect(rig.take()).toEqual([]);
  expect(rig.parts).toEqual([]);
  answers.answer('a');
  expect(rig.wakes).toBe(1);
  // What comes behind it is asked for only then.
  expect(rig.run().take()).toEqual([a, shown]);
  await new Promise<void>((resolve) => setImmediate(resolve));
  expect(rig.parts).toHaveLength(signal.kind === 'barrier' ? 1 : 0);
  answers.answer('b');
  expect(rig.run().take()).toEqual([b]);
});

test('a stage that is busy takes no more, and its answers are passed on meanwhile', () => {
  const answers = new Answers();
  const rig = new ChainRig(answers.make);
  rig.batch(a).batch(b).batch(c).run();
  expect(() => answers.answer('c')).toThrow();
  answers.answer('b');
  expect(rig.run().take()).toEqual([b]);
  answers.answer('c');
  answers.answer('a');
  expect(rig.run().take()).toEqual([c, a]);
});

test('records keep their event time', () => {
  const answers = new Answers();
  const times: number[] = [];
  const rig = new ChainRig(answers.make, ({ at }) => ({ onRecord: () => void times.push(at.time) }));
  rig.batch(a, b).run();
  answers.answer('b');
  rig.run();
  answers.answer('a');
  rig.run();
  expect(times).toEqual([1, 0]);
});

test('what the end of a batch puts before another such stage is part of what a signal waits for', () => {
  const [first, second] = [new Answers(), new Answers()];
  /** Gives its latest record at the end of a batch, as an aggregate does. */
  const holding = () => {
    let held: Row | undefined;
    return {
      onRecord: (row: Row) => void (held = row),
      onBatchEnd: (out: Output) => {
        if (held !== undefined) out.emit(held);
        held = undefined;
      },
    };
  };
  const rig = new ChainRig(first.make, holding, second.make);
  rig.batch(a).send({ kind: 'watermark', time: 5 }).send({ kind: 'barrier', epoch: 1 }).run();
  first.answer('a');
  expect(rig.run().take()).toEqual([]);
  second.answer('a');
  expect(rig.run().take()).toEqual([a, 'watermark 5', 'barrier 1']);
});

test('the end comes behind all answers', () => {
  const answers = new Answers();
  const rig = new ChainRig(answers.make);
  rig.batch(a).send({ kind: 'watermark', time: Number.POSITIVE_INFINITY }).send({ kind: 'end' }).run();
  expect(rig.take()).toEqual([]);
  answers.answer('a');
  expect(rig.run().take()).toEqual([a, 'watermark Infinity', 'end']);
});

test('a stage whose answers fail is named', () => {
  const rig = new ChainRig(() => ({
    onRecord: () => {},
    onWake: () => {
      throw new WeirError('WEIR_AWAY', 'nobody answers');
    },
    pending: () => false,
  }));
  expect(() => rig.batch(a).run()).toThrow(/^stage 0: nobody answers$/);
});
