import { expect, test } from 'vitest';
import { runTest } from '../../../src/sim/trial/trial.ts';
import { checkText } from '../../../src/topology/check.ts';
import { parseTopology } from '../../../src/topology/document.ts';
import { Issues } from '../../../src/topology/issue.ts';
import { testsOf } from '../../../src/topology/tests.ts';

const TEXT = `
name: delayed
streams:
  said:
    source: { tail: said.ndjson }
    time: { at: at }
  outcomes:
    source: { tail: outcomes.ndjson }
    time: { at: at }
  scores:
    from: said
    do:
      - join: { with: outcomes, on: id == id, within: { after: 1h }, select: { prediction: prediction, y: outcomes.y } }
      # The join has made a key of the id: scores are wanted of all.
      - key: { of: '"all"' }
      - evaluate: { task: regression, target: y }
    to: stdout
tests:
  - name: labels that come later
    partial: true
    given:
      said:
        - { at: 1000, id: 1, prediction: 5 }
        - { at: 2000, id: 2, prediction: 7 }
        - { at: 3000, id: 3, prediction: 9 }
        - { at: 4000, id: 4, prediction: null }
      outcomes:
        - { at: 50000, id: 2, y: 10 }
        - { at: 60000, id: 1, y: 4 }
        - { at: 70000, id: 4, y: 1 }
    expect:
      # |7 − 10| and |5 − 4|; the baseline said 0, then 10. The third never came true.
      scores: [{ final: true, rows: 2, unscored: 1, mae: 2, baselineMae: 8, skill: 0.75 }]
`;

test('labels that come later are joined before, and scored in the order in which they came true', async () => {
  const source = { file: 'delayed.yaml', base: import.meta.url };
  expect((await checkText(TEXT, source, { missing: 'leave' })).issues).toEqual([]);
  const document = parseTopology(TEXT, source, new Issues());
  const [only] = testsOf(document);
  if (only === undefined) throw new Error('there is no test');
  const { failures, variants } = await runTest(document, only);
  expect(failures).toEqual([]);
  expect(variants.length).toBeGreaterThan(1);
});
