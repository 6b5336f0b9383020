import { expect, test } from 'vitest';
import { DeadLetterWriter } from '../../src/flow/dead-letters.ts';
import { MemoryDisk } from '../../src/testkit/index.ts';

/** The letter of an input, read back. */
async function letter(input: unknown): Promise<{ input: unknown }> {
  const at = { time: 1, order: 2, key: null, retract: false };
  const disk = new MemoryDisk();
  const writer = new DeadLetterWriter(disk, () => 'part', at);
  writer.write({ stage: 's', code: 'WEIR_X', reason: 'why' }, input);
  const part = await writer.seal();
  if (part === undefined) throw new Error('nothing was written');
  const bytes = 'inline' in part ? part.inline : await disk.read(part.file);
  return JSON.parse(new TextDecoder().decode(bytes));
}

test('a record is shown as it is', async () => {
  const letterOfIt = await letter({ a: [1, 'ü'], big: 12n });
  expect(letterOfIt).toEqual({
    stage: 's',
    code: 'WEIR_X',
    reason: 'why',
    time: 1,
    order: 2,
    input: { a: [1, 'ü'], big: 12 },
  });
});

test('bytes, nothing, and long input', async () => {
  expect((await letter(Buffer.from('text'))).input).toBe('text');
  expect((await letter(Buffer.from([0xff]))).input).toEqual({ base64: '/w==' });
  expect((await letter(undefined)).input).toBeNull();
  expect((await letter({ long: 'x'.repeat(70_000) })).input).toBe(`{"long":"${'x'.repeat(65_536 - 9)}`);
});

const nested = (levels: number) => {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = [value];
  return value;
};
const cycle: Record<string, unknown> = { name: 'c' };
cycle.self = cycle;

test.each([
  ['a cycle', cycle, "name: 'c'"],
  ['20,000 levels', { deep: nested(20_000) }, 'deep: '],
  [
    'toJSON that throws',
    {
      n: 5,
      toJSON: () => {
        throw new Error('no');
      },
    },
    'n: 5',
  ],
  [
    'a getter that throws',
    {
      get n() {
        throw new Error('no');
      },
    },
    'n: [Getter]',
  ],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no');
        },
      },
    ),
    '',
  ],
])('what has no JSON is sketched: %s', async (_, input, shown) => {
  expect((await letter(input)).input).toContain(shown);
});

test('whatever the depth, it is shown', async () => {
  for (let levels = 1000; levels < 9000; levels += 50) expect(await letter(nested(levels))).toHaveProperty('input');
});
