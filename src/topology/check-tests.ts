import { nearest } from '../expr/nearest.ts';
import { checkOptions } from './check-options.ts';
import { checkLakeOfTest } from './check-test-lake.ts';
import type { Draft } from './draft.ts';
import { TEST_FIELDS } from './form.ts';
import { isMap, type Path } from './places.ts';
import type { Prepared } from './prepare.ts';
import { formIssue, type Reading } from './read-draft.ts';
import { splitReference } from './stream-options.ts';
import { sidesOf } from './stream-sides.ts';
import { tellFault } from './tell-fault.ts';
import { readStep, timeOf } from './test-steps.ts';
import { DEAD_LETTERS_NAME, entriesOf, isFault } from './tests.ts';

/** Checks a topology's `tests`: their shape, the streams that they name, and the steps that they give. */
export async function checkTests(draft: Draft, prepared: Prepared, reading: Reading): Promise<void> {
  const { document, issues } = reading;
  const tests = isMap(document.value) ? document.value.tests : undefined;
  if (tests === undefined || tests === null) return;
  if (!Array.isArray(tests)) {
    formIssue(reading, ['tests'], 'tests is a list', '- name: …, given: …, expect: …');
    return;
  }
  const names = new Set<unknown>();
  for (const [i, test] of tests.entries()) {
    const path = ['tests', i];
    if (!isMap(test)) {
      formIssue(reading, path, 'a test is a map', 'name, given and expect');
      continue;
    }
    const owner = { name: `test ${i + 1}`, place: document.places.key(path) };
    await checkOptions(reading, owner, TEST_FIELDS, { values: test, path });
    if (names.has(test.name)) formIssue(reading, [...path, 'name'], `two tests are named '${test.name}'`);
    names.add(test.name);
    checkParameters(test, path, reading);
    checkGiven(test, path, draft, reading);
    checkLakeOfTest(test, path, draft, prepared, reading);
    checkExpected(test, path, draft, prepared, reading);
  }
  if (tests.length === 0) issues.warn('WEIR_UNUSED', document.places.key(['tests']), 'there are no tests in this list');
}

function checkParameters(test: Record<string, unknown>, path: Path, { document, issues }: Reading): void {
  const params = isMap(document.value) && isMap(document.value.params) ? document.value.params : {};
  for (const name of Object.keys(isMap(test.params) ? test.params : {})) {
    if (Object.hasOwn(params, name)) continue;
    const place = document.places.key([...path, 'params', name]);
    const didYouMean = nearest(name, Object.keys(params));
    issues.error('WEIR_PARAMETER', place, `there is no parameter '${name}' to set`, { didYouMean });
  }
  if (test.clock === undefined || test.clock === null || timeOf(test.clock) !== undefined) return;
  const place = document.places.value([...path, 'clock']);
  issues.error('WEIR_OPTION', place, 'clock takes a time', { expected: 'milliseconds since the epoch, or ISO 8601' });
}

function checkGiven(test: Record<string, unknown>, path: Path, draft: Draft, reading: Reading): void {
  const { document, issues } = reading;
  const withSource = draft.streams.filter((stream) => stream.source).map((stream) => stream.name);
  const { places } = document;
  for (const [name, list] of entriesOf(test.given)) {
    const at = [...path, 'given', name];
    if (!withSource.includes(name)) {
      const known = draft.streams.some((stream) => stream.name === name);
      const what = known ? 'has no source to stand in for' : 'is not in this topology';
      issues.error('WEIR_STREAM', places.key(at), `stream ${name} ${what}`, { didYouMean: nearest(name, withSource) });
    }
    for (const [i, written] of list.entries()) {
      const step = readStep(written, 0);
      if (!isFault(step)) continue;
      tellFault(step, [...at, i], reading);
    }
  }
}

function checkExpected(
  test: Record<string, unknown>,
  path: Path,
  draft: Draft,
  prepared: Prepared,
  { document, issues }: Reading,
): void {
  const { places } = document;
  const streams = new Map(draft.streams.map((stream) => [stream.name, stream]));
  for (const [name, list] of entriesOf(test.expect)) {
    const at = [...path, 'expect', name];
    const named = splitReference(name);
    const stream = streams.get(named?.stream ?? name);
    if (stream === undefined && name !== DEAD_LETTERS_NAME) {
      const didYouMean = nearest(name, [...streams.keys(), DEAD_LETTERS_NAME]);
      issues.error('WEIR_STREAM', places.key(at), `stream ${name} is not in this topology`, { didYouMean });
    } else if (stream !== undefined && named?.side !== undefined) {
      const sides = stream.steps.map((step) => sidesOf(prepared.get(step)));
      if (!sides.includes(undefined) && !sides.flat().includes(named.side)) {
        const near = nearest(named.side, sides.flat() as string[]);
        const didYouMean = near && `${stream.name}.${near}`;
        const what = `no step of stream ${stream.name} has a side output '${named.side}'`;
        issues.error('WEIR_STREAM', places.key(at), what, { didYouMean });
      }
    }
    for (const [i, record] of list.entries()) {
      if (isMap(record)) continue;
      const message = 'a record is a map';
      issues.error('WEIR_TEST', places.value([...at, i]), message, { expected: '{ field: value }' });
    }
  }
}
