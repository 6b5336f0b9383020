import { isUtf8 } from 'node:buffer';
import { codec, field, messageOf, parseJson, type Row } from '#stage';
import { NOT_UTF8 } from '../lib/text/utf8-lines.ts';

/** Kept of a document that cannot be read, for its dead letter. */
const SAMPLE = 64 * 1024;

/** A whole JSON document: an object is a record, of an array each element is one. */
export default codec({
  summary: 'One JSON document a file or body: an object, or an array of objects.',
  docs: `The document is read whole, so it must fit \`maxRecord\` of its source, and it is not split between subtasks. For large
inputs use \`ndjson\`. A document that is no JSON or not UTF-8 is one dead letter, and so is an element that is no object. A record's order is its place in the array.`,
  since: '0.1.0',
  options: {
    at: field.text('Where in the document the records are, names joined by dots: `data.items`. Default the document.', {
      default: '',
    }),
  },
  main: 'at',
  cost: 'one JSON.parse; about three times the document in memory',
  examples: [
    { title: 'the elements of an array', text: '[{"id": 1}, {"id": 2}]', expect: [{ id: 1 }, { id: 2 }] },
    { title: 'an object', text: '{"id": 1}\n', expect: [{ id: 1 }] },
    {
      title: 'records inside a document',
      options: { at: 'data.items' },
      text: '{"data": {"items": [{"id": 1}]}}',
      expect: [{ id: 1 }],
    },
  ],
  splittable: false,
  decoder: ({ at }, { out }) => ({
    decode(b, start, end, order, last) {
      if (!last) return start;
      const bytes = b.subarray(start, end);
      const text = bytes.toString('utf8').replace(/^\ufeff/, '');
      if (text.trim() === '') return end;
      let records: unknown;
      try {
        if (!isUtf8(bytes)) throw new TypeError(NOT_UTF8);
        records = locate(parseJson(text), at);
      } catch (error) {
        out.malformed(Buffer.from(bytes.subarray(0, SAMPLE)), messageOf(error), order);
        return end;
      }
      for (const [i, record] of (Array.isArray(records) ? records : [records]).entries()) {
        if (record !== null && typeof record === 'object' && !Array.isArray(record))
          out.accept(record as Row, order + i);
        else out.malformed(Buffer.from(JSON.stringify(record)), 'a record is an object', order + i);
      }
      return end;
    },
  }),
});

function locate(value: unknown, at: string): unknown {
  for (const name of at === '' ? [] : at.split('.')) {
    if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) {
      throw new TypeError(`the document has no '${name}' (at: ${at})`);
    }
    value = (value as Row)[name];
  }
  return value;
}
