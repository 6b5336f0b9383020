import { nearest } from '../expr/nearest.ts';
import { checkOptions } from './check-options.ts';
import type { Draft } from './draft.ts';
import { TEST_FIELDS } from './form.ts';
import { isMap } from './places.ts';
import { formIssue, type Reading } from './read-draft.ts';

/** Checks the shape of a topology's `tests`, and that they name its streams. Their records are not looked into. */
export async function checkTests(draft: Draft, reading: Reading): Promise<void> {
  const { document, issues } = reading;
  const tests = isMap(document.value) ? document.value.tests : undefined;
  if (tests === undefined || tests === null) return;
  if (!Array.isArray(tests)) {
    formIssue(reading, ['tests'], 'tests is a list', '- name: …, given: …, expect: …');
    return;
  }
  const withSource = draft.streams.filter((stream) => stream.source).map((stream) => stream.name);
  const all = draft.streams.map((stream) => stream.name);
  for (const [i, test] of tests.entries()) {
    const path = ['tests', i];
    if (!isMap(test)) {
      formIssue(reading, path, 'a test is a map', 'name, given and expect');
      continue;
    }
    const owner = { name: `test ${i + 1}`, place: document.places.key(path) };
    await checkOptions(reading, owner, TEST_FIELDS, { values: test, path });
    for (const [part, known] of [
      ['given', withSource],
      ['expect', all],
    ] as const) {
      for (const name of Object.keys(isMap(test[part]) ? test[part] : {})) {
        if (known.includes(name.split('.')[0] as string)) continue;
        const place = document.places.key([...path, part, name]);
        const what =
          part === 'given' && all.includes(name) ? 'has no source to stand in for' : 'is not in this topology';
        issues.error('WEIR_STREAM', place, `stream ${name} ${what}`, { didYouMean: nearest(name, known) });
      }
    }
  }
}
