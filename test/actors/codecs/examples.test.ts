import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CodecDefinition } from '../../../src/stage/index.ts';
import { materializeSync } from '../../../src/topology/options.ts';
import { Collector, encode, feed } from './driver.ts';

const folder = new URL('../../../actors/codecs/', import.meta.url);
const names = readdirSync(folder).map((file) => file.replace('.ts', ''));

describe.each(names)('%s', async (name) => {
  const definition: CodecDefinition<any> = (await import(new URL(`${name}.ts`, folder).href)).default;

  test.each(definition.examples)('example: $title', ({ options = {}, given, text, expect: rows, expectText }) => {
    const made = materializeSync(definition.options, options);
    const bytes = given === undefined ? Buffer.from(text!) : encode(definition, given, made);
    if (expectText !== undefined) expect(bytes.toString()).toBe(expectText);
    if (rows === undefined) return;
    // As a whole, and byte by byte.
    for (const cuts of [[], Array.from({ length: bytes.length }, (_, i) => i)]) {
      const out = new Collector();
      const decoder = definition.decoder!(made, { program: {}, out });
      const begin = decoder.header?.(bytes, 0, bytes.length, true) ?? 0;
      feed(decoder, bytes.subarray(begin), cuts, begin);
      expect(out.got.rows).toEqual(rows);
      expect(out.got.malformed).toEqual([]);
    }
  });
});
