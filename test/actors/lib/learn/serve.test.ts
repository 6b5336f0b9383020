// The URLs of models, asked of the answerer itself.
import { expect, test } from 'vitest';
import rls from '../../../../actors/learners/rls.ts';
import type { AnswererContext } from '../../../../src/stage/answerer.ts';
import { OperatorDriver } from '../../../../src/testkit/operator-driver.ts';
import { materializeSync } from '../../../../src/topology/options.ts';

const OPTIONS = { target: 'y', features: ['x'] };

/** The models of these keys, each of as many rows as its place says. */
function modelsOf(keyNames: string[], keys: readonly (string | number | null)[]): unknown[] {
  const driver = new OperatorDriver(rls, OPTIONS, { clocked: true, keyNames });
  keys.forEach((key, i) => {
    for (let row = 0; row <= i; row++) driver.push({ x: row, y: row }, { key });
  });
  driver.end();
  return driver.sides.map(({ row }) => row);
}

/** How many rows the model at each URL has learned; of what is refused why. */
async function rowsAt(models: unknown[], queries: readonly string[]): Promise<unknown[]> {
  let url = '';
  const context = {
    log: (_: string, text: string) => (url = text.replace('models at ', '')),
  } as unknown as AnswererContext;
  const answerer = rls.answerer?.(materializeSync(rls.options, { ...OPTIONS, serve: 0 }) as never, context);
  await answerer?.open?.();
  try {
    await answerer?.answer([models]);
    const asked = queries.map(async (query) => {
      const { rows, reason } = (await (await fetch(`${url}${query}`)).json()) as { rows?: number; reason?: string };
      return rows ?? reason;
    });
    return await Promise.all(asked);
  } finally {
    await answerer?.close?.();
  }
}

const key = (text: string) => `?key=${encodeURIComponent(text)}`;

test('a key of several fields is a JSON list, and commas in its values part nothing', async () => {
  const models = modelsOf(['a', 'b'], ['["x,y","z"]', '["x","y,z"]', '["x",1]']);
  const queries = [key('["x,y","z"]'), key('["x","y,z"]'), key('[ "x", 1 ]'), key('x,y,z'), ''];
  expect(await rowsAt(models, queries)).toEqual([
    1,
    2,
    3,
    "no model has the key 'x,y,z'",
    'there is a model for each key: say ?key=, of several fields as a JSON list, ["a",1]',
  ]);
});

test('a key of one field is its plain value', async () => {
  const queries = ['a,b', '["a"]', '7', '7.0', '"7"'].map(key);
  const none = (text: string) => `no model has the key '${text}'`;
  expect(await rowsAt(modelsOf(['a'], ['a,b', '["a"]', 7]), queries)).toEqual([1, 2, 3, none('7.0'), none('"7"')]);
});

test('a model alone needs no key, nor need it say which it has', async () => {
  const [model] = modelsOf([], [null]) as [Record<string, unknown>];
  const { keyed: _, ...plain } = model;
  expect(await rowsAt([plain], [''])).toEqual([1]);
});
