// Writes down, for the one line at the end of a run, how many tests passed and what is to be said of each failure.
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { root } from './prepare.mjs';

/** How much of a failure is told again at the end. */
const LINES = 8;

export default class TallyReporter {
  onTestRunEnd(modules, unhandled) {
    let passed = 0;
    const failures = [];
    for (const module of modules) {
      const file = relative(root, module.moduleId);
      // A file that does not load has no tests that could fail; a suite may fail before its tests.
      for (const of of [module, ...module.children.allSuites()]) {
        for (const error of of.errors())
          failures.push(told(of === module ? file : `${file} > ${of.fullName}`, [error]));
      }
      for (const test of module.children.allTests()) {
        const { state, errors } = test.result();
        if (state === 'passed') passed++;
        if (state === 'failed') failures.push(told(`${file} > ${test.fullName}`, errors));
      }
    }
    for (const error of unhandled) failures.push(told('outside of any test', [error]));
    writeFileSync(process.env.WEIR_TEST_TALLY, JSON.stringify({ passed, failures }));
  }
}

function told(where, errors) {
  const text = errors.map(({ message, diff, stack }) => [message, diff, stack].filter(Boolean).join('\n')).join('\n');
  const lines = stripVTControlCharacters(text)
    .split('\n')
    .filter((line) => line.trim() !== '' && !line.includes('node_modules'));
  return [where, ...new Set(lines)].slice(0, LINES).join('\n    ');
}
