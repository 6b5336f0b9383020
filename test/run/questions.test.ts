import { expect, test } from 'vitest';
import { toErrorData, WeirError } from '../../src/base/errors.ts';
import { Answerers } from '../../src/run/answerers.ts';
import { type Asked, Questions } from '../../src/run/questions.ts';

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test('the questions of a turn travel together, by stage, and answers find who asked', async () => {
  const sent: Asked[] = [];
  const questions = new Questions((asked) => void sent.push(structuredClone(asked)));
  const answers = [questions.ask('a', 1), questions.ask('b', 2), questions.ask('a', 3)];
  await turn();
  answers.push(questions.ask('a', 4));
  await turn();
  expect(sent).toEqual([
    { id: 0, stage: 'a', questions: [1, 3] },
    { id: 1, stage: 'b', questions: [2] },
    { id: 2, stage: 'a', questions: [4] },
  ]);
  // Whoever is asked last may answer first.
  for (const { id, questions: of } of [...sent].reverse()) {
    questions.answered({ id, answers: of.map((one) => Number(one) * 10) });
  }
  expect(await Promise.all(answers)).toEqual([10, 20, 30, 40]);
});

test('what the answers of one message set going travels together again', async () => {
  const sizes: number[] = [];
  const questions = new Questions(({ id, questions: of }) => {
    sizes.push(of.length);
    setImmediate(() => questions.answered({ id, answers: of }));
  });
  const twice = async (n: number) => questions.ask('a', await questions.ask('a', n));
  expect(await Promise.all(Array.from({ length: 50 }, (_, n) => twice(n)))).toHaveLength(50);
  expect(sizes).toEqual([50, 50]);
});

test('what the answerer throws is thrown by those who asked, with its code', async () => {
  const questions: Questions = new Questions(({ id }) => {
    questions.answered({ id, error: toErrorData(new WeirError('WEIR_LOCKED', 'in use')) });
  });
  await expect(questions.ask('a', 1)).rejects.toMatchObject({ code: 'WEIR_LOCKED', message: 'in use' });
});

test('a question that cannot be sent fails those that travel with it, and no others', async () => {
  const questions: Questions = new Questions((asked) => {
    const { id, questions: of } = structuredClone(asked);
    questions.answered({ id, answers: of });
  });
  await expect(questions.ask('a', () => 1)).rejects.toThrow(/could not be cloned/);
  expect(await questions.ask('a', 1)).toBe(1);
});

test('a stage without an answerer, and one that does not answer each question, are told', async () => {
  const answerers = new Answerers(new Map([['few', { answer: async () => [1] }]]));
  const ask = (stage: string) => answerers.answer({ id: 7, stage, questions: [1, 2] });
  expect(await ask('none')).toMatchObject({ id: 7, error: { code: 'WEIR_ANSWERER' } });
  expect(await ask('few')).toMatchObject({
    id: 7,
    error: { message: 'the answerer of few gave 1 answers to 2 questions' },
  });
});
