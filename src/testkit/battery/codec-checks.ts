import { prng } from '../../base/prng.ts';
import type { CodecDefinition, Example } from '../../stage/definition.ts';
import type { Row } from '../../stage/row.ts';
import { materializeSync } from '../../topology/options.ts';
import { type Decoded, decode, encode } from '../codec-driver.ts';
import { type Check, coded, Skipped, same } from './check.ts';
import { hostileValues, pathsOf, withValue } from './hostile-values.ts';

type Codec = CodecDefinition<any>;

/** The bytes of an example: its text, or what its records are written as. */
export function bytesOf(definition: Codec, { text, given, options }: Example): Buffer | undefined {
  if (text !== undefined) return Buffer.from(text);
  return given === undefined ? undefined : encode(definition, given, options);
}

/** Every example that can be read, with its bytes; and, for codecs whose inputs can be joined, the same many times over. */
export function readable(definition: Codec): { example: Example; bytes: Buffer }[] {
  if (definition.decoder === undefined) throw new Skipped('it cannot read');
  const found = definition.examples.flatMap((example) => {
    const bytes = bytesOf(definition, example);
    return bytes === undefined ? [] : [{ example, bytes }];
  });
  if (found.length === 0) throw new Skipped('there is no example to read');
  return found;
}

export const codecExamples: Check<Codec> = {
  name: 'examples',
  run({ definition }) {
    if (definition.examples.length === 0) throw new Skipped('there are no examples');
    for (const example of definition.examples) {
      const bytes = bytesOf(definition, example);
      if (bytes === undefined) continue;
      const { title, expectText, expect, options = {} } = example;
      if (expectText !== undefined) same(bytes.toString(), expectText, `${title}: the text that is written`);
      if (expect === undefined) continue;
      const { rows, dead } = decode(definition, bytes, { options });
      same(dead, [], `${title}: all of it is records`);
      same(rows, expect, `${title}: the records that are read`);
    }
  },
};

export const everyChunking: Check<Codec> = {
  name: 'pieces change nothing',
  run({ definition }) {
    for (const { example, bytes } of readable(definition)) {
      const { title, options = {} } = example;
      const whole = decode(definition, bytes, { options });
      for (const cuts of chunkings(bytes.length, title)) {
        const shown = cuts.length > 10 ? `${cuts.length} places` : cuts.join(', ');
        same(decode(definition, bytes, { options, cuts }), whole, `${title}: the same when cut at ${shown}`);
      }
    }
  },
};

/** Every single cut, every byte alone, every pair of cuts of what is short, and many cuts at random. */
export function* chunkings(length: number, seed: string): Generator<number[]> {
  yield Array.from({ length }, (_, i) => i);
  for (let a = 1; a < Math.min(length, 2000); a++) yield [a];
  for (let a = 1; a < Math.min(length, 60); a++) for (let b = a + 1; b < Math.min(length, 60); b++) yield [a, b];
  const random = prng(seed);
  for (let i = 0; i < 50; i++)
    yield Array.from({ length: 1 + Math.floor(random() * 8) }, () => Math.floor(random() * length));
}

/** A file may be read from behind any delimiter on. */
export const readFromAnywhere: Check<Codec> = {
  name: 'can be read from any delimiter on',
  run({ definition }) {
    let places = 0;
    for (const { example, bytes } of readable(definition)) {
      const { title, options = {} } = example;
      const { splittable, delimiter } = definition;
      const made = materializeSync(definition.options, options);
      if (!(typeof splittable === 'function' ? splittable(made) : splittable)) continue;
      const whole = decode(definition, bytes, { options });
      const first = whole.orders[0] ?? bytes.length;
      for (
        let from = bytes.indexOf(delimiter as number) + 1;
        from > 0;
        from = bytes.indexOf(delimiter as number, from) + 1
      ) {
        if (from < first) continue;
        const rest = decode(definition, bytes, { options, from });
        same(rest, behind(whole, from), `${title}: from byte ${from} on come the records that begin there and behind`);
        places++;
      }
    }
    if (places === 0) throw new Skipped('it is not splittable');
  },
};

function behind({ rows, orders, times, dead }: Decoded, from: number): Decoded {
  const first = orders.findIndex((order) => order >= from);
  const at = first < 0 ? rows.length : first;
  return { rows: rows.slice(at), orders: orders.slice(at), times: times.slice(at), dead };
}

export const roundTrip: Check<Codec> = {
  name: 'what is written is read back',
  run({ definition }) {
    if (definition.encoder === undefined) throw new Skipped('it cannot write');
    for (const { example, bytes } of readable(definition)) {
      const { title, options = {} } = example;
      const { rows } = decode(definition, bytes, { options });
      const fields = rows[0] && Object.keys(rows[0]);
      const again = decode(definition, encode(definition, rows, options, fields), { options });
      same(again.rows, rows, `${title}: its records, written and read`);
      same(again.dead, [], `${title}: nothing that was written is no record`);
      if (rows[0] !== undefined) oneEach(definition, title, rows[0], options);
    }
  },
};

/** Whatever a record holds, it is written as one record: it cannot break those before and behind it, or pose as more. */
function oneEach(definition: Codec, title: string, ordinary: Row, options: Record<string, unknown>): void {
  const fields = Object.keys(ordinary);
  for (const path of pathsOf(ordinary)) {
    for (const [what, value] of hostileValues()) {
      const where = `${title}: a record in which ${path.join('.')} is ${what}`;
      const odd = withValue(ordinary, path, value);
      const bytes = coded(where, () => encode(definition, [ordinary, odd, ordinary], options, fields));
      if (bytes === undefined) continue;
      const { rows, dead } = decode(definition, bytes, { options });
      same([rows[0], rows.at(-1)], [ordinary, ordinary], `${where} leaves those around it whole`);
      same(rows.length + dead.length <= 3, true, `${where} is one record, not ${rows.length + dead.length - 2}`);
    }
  }
}
