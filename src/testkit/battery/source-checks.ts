import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Example, SourceDefinition } from '../../stage/definition.ts';
import type { Fields } from '../../stage/field.ts';
import { materializeSync } from '../../topology/options.ts';
import { chosenCodec } from '../chosen-codec.ts';
import { type Read, SourceDriver, splitsOf } from '../source-driver.ts';
import { type Check, Skipped, same, shows } from './check.ts';

type Source = SourceDefinition<any>;

/** How much more than an example shows is read where positions are tried: enough for several polls. */
const MORE = 2000;
const POSITIONS = 12;

/**
 * Runs `task` on an example. Its `text` is put into a file, whose path takes the place of the example's option of kind
 * `path`, or where there is none, and it is not `needed`, nowhere; `more` repeats the text, or multiplies counts of records, for inputs of several polls.
 */
export async function withInput(
  definition: Source,
  { text, options = {} }: Example,
  more: boolean,
  task: (options: Record<string, unknown>, times: number) => Promise<void>,
  needed = true,
): Promise<void> {
  const fields = definition.options as Fields;
  const path = Object.keys(options).find((name) => fields[name]?.kind === 'path');
  if (text === undefined || (path === undefined && !needed)) {
    const isCount = (name: string) => fields[name]?.kind === 'count' && fields[name]?.unit === 'records';
    const grow = ([name, value]: [string, unknown]) => [name, isCount(name) ? (value as number) * MORE : value];
    const times = more && Object.keys(options).some(isCount) ? MORE : 1;
    await task(more ? Object.fromEntries(Object.entries(options).map(grow)) : options, times);
    return;
  }
  if (path === undefined) throw new Skipped('its input does not come from a file');
  const folder = await mkdtemp(join(tmpdir(), 'weir-battery-'));
  try {
    const file = join(folder, basename(String(options[path])));
    const many = more && ((await chosenCodec(definition, options))?.splittable ?? false);
    await writeFile(file, many ? `${text.replace(/\n?$/, '\n')}`.repeat(MORE) : text);
    await task({ ...options, [path]: file }, many ? MORE : 1);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Examples that say what comes of them. */
function runnable({ examples }: Source): Example[] {
  const found = examples.filter(({ expect }) => expect !== undefined);
  if (found.length === 0) throw new Skipped('no example says what comes of it');
  return found;
}

/** Reads until the end or, of a source without one, as many records as there must be. */
async function readAll(
  definition: Source,
  options: Record<string, unknown>,
  count: number,
  parallelism = 1,
  visit: (driver: SourceDriver) => void = () => {},
): Promise<Read[]> {
  const endless = isEndless(definition, options);
  const splits = await splitsOf(definition, options, parallelism);
  const read: Read[] = [];
  for (let subtask = 0; subtask < parallelism; subtask++) {
    const driver = await SourceDriver.create(definition, options, { subtask, parallelism });
    try {
      const own = splits.filter((_, i) => i % parallelism === subtask);
      await driver.open(own);
      await driver.run((one) => {
        visit(one);
        return endless && (own.length === 0 || one.read.length >= count);
      });
      visit(driver);
      same(driver.dead, [], 'nothing in an example is a dead letter');
      read.push(...driver.read);
    } finally {
      await driver.close();
    }
  }
  return read;
}

function isEndless({ bounded, options: fields }: Source, options: Record<string, unknown>): boolean {
  return typeof bounded === 'function' ? !bounded(materializeSync(fields, options)) : bounded !== true;
}

export const sourceExamples: Check<Source> = {
  name: 'examples',
  async run({ definition }) {
    for (const example of runnable(definition)) {
      const { title, expect = [] } = example;
      await withInput(definition, example, false, async (options) => {
        const rows = (await readAll(definition, options, expect.length)).map(({ row }) => row);
        shows(rows, expect, `${title}: the records that come are those of the example`);
      });
    }
  },
};

/** From each position that it gave, the rest comes again: the same records with the same places. */
export const positionsReplay: Check<Source> = {
  name: 'positions replay',
  async run({ definition }) {
    if (!definition.replayable) throw new Skipped('it cannot be read again, and says so');
    for (const example of runnable(definition)) {
      await withInput(definition, example, true, async (options, times) => {
        const expected = (example.expect?.length ?? 0) * times;
        const taken: { count: number; positions: Record<string, unknown> }[] = [];
        const all = await readAll(definition, options, expected, 1, (driver) => {
          taken.push({ count: driver.read.length, positions: driver.positions() });
        });
        same(all.length, expected, `${example.title}: the number of records, ${times} times the example`);
        const step = Math.ceil(taken.length / POSITIONS);
        for (const { count, positions } of taken.filter((_, i) => i % step === 0 || i === taken.length - 1)) {
          const rest = await resume(definition, options, positions, expected - count);
          same(
            rest,
            plain(all.slice(count)),
            `${example.title}: the same records come again behind the first ${count}`,
          );
        }
      });
    }
  },
};

async function resume(
  definition: Source,
  options: Record<string, unknown>,
  positions: Record<string, unknown>,
  count: number,
) {
  const driver = await SourceDriver.create(definition, options);
  try {
    await driver.open(await splitsOf(definition, options), positions);
    await driver.run((one) => isEndless(definition, options) && one.read.length >= count);
    return plain(driver.read);
  } finally {
    await driver.close();
  }
}

/** The time is left out: a source may take the clock's. */
function plain(read: readonly Read[]) {
  return read.map(({ split, row, order }) => ({ split, row, order }));
}

/** However many subtasks share the work, each record comes once. */
export const subtasksShare: Check<Source> = {
  name: 'subtasks share the input',
  async run({ definition }) {
    if (definition.splits === undefined) throw new Skipped('it has one split');
    for (const example of runnable(definition)) {
      if (isEndless(definition, example.options ?? {})) throw new Skipped('it has no end');
      await withInput(definition, example, true, async (options) => {
        const read = [1, 2, 3].map((parallelism) => readAll(definition, options, 0, parallelism));
        const [one = [], ...others] = await Promise.all(read);
        for (const [i, other] of others.entries()) {
          same(inOrder(other), inOrder(one), `${example.title}: ${i + 2} subtasks read what one reads`);
        }
      });
    }
  },
};

function inOrder(read: readonly Read[]): unknown[] {
  return [...read].sort((a, b) => a.order - b.order).map(({ row, order }) => ({ row, order }));
}
