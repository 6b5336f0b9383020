import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { updateExpectations } from '../../src/topology/tests-update.ts';

const text = `# What it is.
name:   t      # its name
streams: {raw: {source: ticks},   big: {from: raw}}
tests:
  - name: 'first'
    given: { raw: [ {x: 1},{x: 2} ] }   # as people type
    expect:
      big:
        # the one that counts
        - {x:   2, "quoted": 'yes'}
        - { x: 3 }  # the third
      other: []

  - name: second
    given: { raw: [] }
    expect: { big: [{ x: 1 }], raw: [] }
# the end
`;

test('only the lists that change are written; records that stay keep their form and comments', () => {
  const updates = [{ path: ['tests', 0], name: 'big', records: [0, { x: 4, text: 'a: b', list: [1, null] }] }];
  const made = updateExpectations(text, updates);
  const changed = '        - { x: 4, text: "a: b", list: [ 1, null ] }\n';
  expect(made.split('\n').filter((line) => !text.split('\n').includes(line))).toEqual([
    '        - { x: 2, "quoted": \'yes\' }',
    changed.trimEnd(),
  ]);
  expect(made).toContain('        # the one that counts\n');
  expect(made).toContain('name:   t      # its name\n');
  expect(parse(made).tests[0].expect.big).toEqual([
    { x: 2, quoted: 'yes' },
    { x: 4, text: 'a: b', list: [1, null] },
  ]);
});

test('lists of every form are replaced, and new ones are added', () => {
  const one = (test: number, name: string, records: (number | Record<string, unknown>)[]) => {
    const made = parse(updateExpectations(text, [{ path: ['tests', test], name, records }]));
    const before = parse(text);
    before.tests[test].expect[name] = records;
    expect(made).toEqual(before);
  };
  one(0, 'big', []);
  one(0, 'other', [{ x: 1 }, { y: 'no' }]);
  one(0, 'deadLetters', [{ code: 'WEIR_TYPE' }]);
  one(1, 'big', [{ x: 5 }, { x: 6 }]);
  one(1, 'raw', [{ x: 5 }]);
  one(1, 'deadLetters', [{ code: 'WEIR_TYPE' }]);
});

test('several lists at once, and JSON stays JSON', () => {
  const json = JSON.stringify({ name: 't', tests: [{ name: 'a', expect: { big: [{ x: 1 }], raw: [{ x: 2 }] } }] });
  const made = updateExpectations(json, [
    { path: ['tests', 0], name: 'big', records: [{ x: 'long text' }, { y: true }] },
    { path: ['tests', 0], name: 'raw', records: [] },
    { path: ['tests', 0], name: 'late', records: [{ z: 1 }] },
  ]);
  expect(JSON.parse(made).tests[0].expect).toEqual({
    big: [{ x: 'long text' }, { y: true }],
    raw: [],
    late: [{ z: 1 }],
  });
});
