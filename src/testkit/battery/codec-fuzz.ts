import { messageOf } from '../../base/errors.ts';
import { parseExpression } from '../../expr/expression.ts';
import type { RowProgram } from '../../stage/codec.ts';
import type { CodecDefinition } from '../../stage/definition.ts';
import type { Row } from '../../stage/row.ts';
import { decode } from '../codec-driver.ts';
import { type Check, ContractError, demand, Skipped, same } from './check.ts';
import { readable } from './codec-checks.ts';

type Codec = CodecDefinition<any>;

const INPUTS = 1000;

/** Whatever bytes come: records or dead letters, never a throw; and the same ones however they are cut. */
export const arbitraryBytes: Check<Codec> = {
  name: 'arbitrary bytes',
  async run({ definition }) {
    const sources = readable(definition);
    const fc = await import('fast-check').catch(() => undefined);
    if (fc === undefined) throw new Skipped('it needs the package fast-check, which is not installed');
    const examples = sources.map(({ bytes }) => bytes);
    const raw = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    const piece = fc.oneof(
      fc.tuple(fc.constantFrom(...examples), fc.nat(), fc.nat()).map(([bytes, a, b]) => slice(bytes, a, b)),
      fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => Buffer.from(text)),
      fc
        .constantFrom('\n', '\r\n', '"', '""', ',', '{', '}', '[', ']', ':', '\\', '\\u', '\ufeff', '\0', 'null')
        .map((text) => Buffer.from(text)),
      raw,
    );
    const input = fc.oneof(
      raw,
      fc.array(piece, { maxLength: 6 }).map((pieces) => Buffer.concat(pieces)),
    );
    const options = fc.constantFrom(...sources.map(({ example }) => example.options ?? {}));
    const property = fc.property(input, options, fc.array(fc.nat(300), { maxLength: 5 }), (bytes, given, cuts) => {
      const whole = decode(definition, bytes, { options: given });
      for (const row of whole.rows) demand(isRecord(row), 'what is read is a record');
      same(decode(definition, bytes, { options: given, cuts }), whole, `the same when cut at ${cuts.join(', ')}`);
    });
    const result = fc.check(property, { numRuns: INPUTS, seed: 1 });
    if (!result.failed) return;
    const [bytes, given, cuts] = result.counterexample as [Buffer, object, number[]];
    const shown = `${JSON.stringify(bytes.toString('latin1'))} with ${JSON.stringify(given)}, cut at [${cuts.join(', ')}]`;
    throw new ContractError(`${shown}: ${messageOf(result.errorInstance)}`, { cause: result.errorInstance });
  },
};

function slice(bytes: Buffer, a: number, b: number): Buffer {
  const from = a % (bytes.length + 1);
  return bytes.subarray(from, from + (b % (bytes.length - from + 1)));
}

function isRecord(row: unknown): boolean {
  return typeof row === 'object' && row !== null && !Array.isArray(row);
}

/** A codec may run the plan's filter, projection and event time itself: the engine's own code must give the same. */
export const programs: Check<Codec> = {
  name: "the plan's program gives the same",
  run({ definition }) {
    for (const { example, bytes } of readable(definition)) {
      const { title, options = {} } = example;
      const { rows } = decode(definition, bytes, { options });
      for (const [what, program] of programsOf(rows)) {
        // It is told nothing of the program, so all of it is left to the engine.
        const plain: Codec = {
          ...definition,
          decoder: (made, { out }) => (definition.decoder as NonNullable<Codec['decoder']>)(made, { program: {}, out }),
        };
        const expected = decode(plain, bytes, { options, program });
        same(decode(definition, bytes, { options, program }), expected, `${title}, ${what}`);
      }
    }
  },
};

function* programsOf(rows: readonly Row[]): Generator<[string, RowProgram]> {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => /^[A-Za-z]\w*$/.test(name));
  for (const name of [...names, 'notThere']) {
    const fields = [[name]];
    const select = { names: ['it'], expressions: [parseExpression(name)] };
    yield [`${name} alone`, { fields, select }];
    for (const value of new Set(rows.map((row) => row[name]))) {
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
      const filter = parseExpression(`${name} == ${JSON.stringify(value)}`);
      yield [`where ${filter.text}`, { filter }];
      yield [`${name} where ${filter.text}`, { fields, filter, select }];
      if (typeof value === 'number') yield [`${name} as event time`, { fields, time: parseExpression(name), select }];
    }
  }
}
