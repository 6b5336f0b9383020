import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { scalarOffset } from '../../src/topology/scalar-offset.ts';

/** Every character that is the same in value and source must be found where the source has it. */
function marked(source: string): void {
  const value = String(parseDocument(source).toJS());
  const offset = value.indexOf('#');
  expect(source[scalarOffset(source.trimStart(), value, offset)], JSON.stringify(source)).toBe('#');
}

test.each([
  ['plain', 'a b#'],
  ['double quotes', '"ab#"'],
  ['escapes in double quotes', '"a\\n\\"b\\u00e9\\x41#"'],
  ['single quotes', "'it''s a #'"],
  ['a folded plain text', 'one\n  two\n  three#'],
  ['a folded plain text with an empty line', 'one\n\n  two#'],
  ['a joined quoted text', '"one\\\n  two#"'],
  ['a folded quoted text', '"one\n  two #"'],
  ['a literal block', '|\n  one\n    two\n\n  three#\n'],
  ['a literal block without its last line end', '|-\n  x > 1 &&\n  y#\n'],
  ['a folded block', '>\n  one\n  two\n\n  three#\n'],
  ['a block behind empty lines', '|\n\n\n  one#\n'],
])('%s', (_, source) => marked(source));
