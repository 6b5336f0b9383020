// Functions that misbehave, for `map`. Each leaves a mark in FOLDER, so that it misbehaves only so often.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const once = (name) => {
  const mark = join(process.env.WEIR_TEST_FOLDER ?? '.', name);
  if (existsSync(mark)) return false;
  writeFileSync(mark, '');
  return true;
};

export function throwEvery(row) {
  if (row.n % 1000 === 999) throw new Error(`no luck with ${row.n}`);
  return row;
}

export function hangOnce(row) {
  if (row.n === 2500 && once('hung')) for (;;);
  return row;
}

export function exitOnce(row) {
  if (row.n === 3500 && once('exited')) process.exit(7);
  return row;
}

export function hangAlways(row) {
  if (row.n === 1234) for (;;);
  return row;
}

export function exitAlways(row) {
  if (row.n === 2345) process.exit(3);
  return row;
}

export function refuse(row) {
  if (row.n === 50) throw new Error('refused 50');
  return row;
}

/** Behind `where-am-i`: on the second subtask's thread alone. */
export function exitElsewhereOnce(row) {
  if (row.n === 3500 && row.subtask === 1 && once('exited')) process.exit(7);
  return row;
}
