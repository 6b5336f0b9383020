import type { Example, SinkDefinition } from '../../stage/definition.ts';
import type { Fields } from '../../stage/field.ts';
import type { At, Row } from '../../stage/row.ts';
import { materializeSync } from '../../topology/options.ts';
import { SinkDriver } from '../sink-driver.ts';
import { type Check, codeOf, demand, Skipped, same } from './check.ts';
import { hostileRecords, hostileValues, pathsOf, withValue } from './hostile-values.ts';
import { exampleWorkload } from './workload.ts';

type Sink = SinkDefinition<any>;

/** What is written to a sink, and how it is opened. */
export interface SinkInput {
  title: string;
  options: Record<string, unknown>;
  keyNames: readonly string[];
  records: { row: Row; at: Partial<At> }[];
}

/** The inputs of a sink's examples; with `more`, each of them several times over. */
export function sinkInputs({ examples }: Sink, more = 1): (SinkInput & { example: Example })[] {
  const found = examples.filter(({ given }) => given !== undefined && given.length > 0);
  if (found.length === 0) throw new Skipped('there is no example with records');
  return found.map((example) => {
    const { title, options, keyNames, steps } = exampleWorkload(example);
    const once = steps.flatMap((step) => ('row' in step ? [step] : []));
    const records = Array.from({ length: once.length * more }, (_, i) => {
      const { row, time, key } = once[i % once.length] as (typeof once)[number];
      return { row, at: { time: time + 1000 * Math.floor(i / once.length), order: i, key } };
    });
    return { title, options, keyNames, records, example };
  });
}

/** The file that an example's option of kind `path` names, else the terminal. */
function shownBy(driver: SinkDriver, { options: fields }: Sink, options: Record<string, unknown>): string {
  const path = Object.keys(options).find((name) => (fields as Fields)[name]?.kind === 'path');
  return path === undefined ? driver.terminal : (driver.disk.text(String(options[path])) ?? '');
}

export const sinkExamples: Check<Sink> = {
  name: 'examples',
  async run({ definition }) {
    let seen = 0;
    for (const { title, options, keyNames, records, example } of sinkInputs(definition)) {
      const driver = await SinkDriver.open(definition, options, { keyNames });
      for (const { row, at } of records) driver.write(row, at);
      await driver.checkpoint();
      await driver.finish();
      await driver.close();
      same(driver.dead, [], `${title}: no record is a dead letter`);
      if (example.expectText !== undefined) {
        same(shownBy(driver, definition, options), example.expectText, `${title}: what is written`);
      } else if (example.expect?.length === 0) {
        same([driver.terminal, driver.disk.contents()], ['', {}], `${title}: nothing is written`);
      } else continue;
      seen++;
    }
    if (seen === 0) throw new Skipped(`what its examples write is read back by ${definition.proof}`);
  },
};

/** Odd records among ordinary ones: a dead letter or written, and what is around them is written all the same. */
export const hostileWrites: Check<Sink> = {
  name: 'hostile records',
  async run({ definition }) {
    for (const { title, options, keyNames, records } of sinkInputs(definition)) {
      const [first] = records as [SinkInput['records'][number]];
      for (const [what, row] of oddRecords(first.row)) {
        const driver = await SinkDriver.open(definition, options, { keyNames });
        driver
          .write(first.row, first.at)
          .write(row, { ...first.at, order: 1000 })
          .write(first.row, { ...first.at, order: 1001 });
        const wrong = driver.thrown.find((error) => codeOf(error) === undefined);
        demand(wrong === undefined, `${title}, ${what}: throws ${String(wrong)}, which has no code`, wrong);
        try {
          await driver.checkpoint();
          await driver.finish();
        } catch (error) {
          demand(false, `${title}, ${what}: the checkpoint fails: ${String(error)}`, error);
        }
        await driver.close();
        const codes = driver.dead.map(({ code }) => code);
        demand(
          codes.every((code) => code !== 'WEIR_STAGE_THREW'),
          `${title}, ${what}: its dead letters have codes of their own`,
        );
        demand(codes.length <= 1, `${title}, ${what}: one record at most is a dead letter`);
      }
    }
  },
};

function* oddRecords(row: Row): Generator<[string, Row]> {
  for (const path of pathsOf(row)) {
    for (const [what, value] of hostileValues()) yield [`${path.join('.')} is ${what}`, withValue(row, path, value)];
  }
  yield* hostileRecords(row);
}

/** What a sink gives after a crash, with these options. */
export function deliveryOf({ delivery, options: fields }: Sink, options: Record<string, unknown>) {
  return typeof delivery === 'function' ? delivery(materializeSync(fields, options)) : delivery;
}
