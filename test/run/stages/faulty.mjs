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

/** Of two sources whose records have the same orders. */
export function exitAtOne(row) {
  if (row.n === 2345 && row.from === 't') process.exit(3);
  return row;
}

export function refuse(row) {
  if (row.n === 50) throw new Error('refused 50');
  return row;
}

/** Records that cannot be written, each in its own way, and a good one. */
export function oddities({ n }) {
  const cycle = { n };
  cycle.self = cycle;
  let deep = { n };
  for (let i = 0; i < 20_000; i++) deep = { deep };
  const thrower = { n };
  Object.defineProperty(thrower, 'bad', {
    enumerable: true,
    get: () => {
      throw new Error('no value');
    },
  });
  const odd = [
    cycle,
    deep,
    { n, symbol: Symbol('s') },
    thrower,
    {
      n,
      toJSON() {
        throw new Error('no JSON');
      },
    },
  ];
  return [...odd, { n, good: true }][n % 6];
}

/** What has no text. */
export function throwsOddly({ n }) {
  if (n === 3) throw Object.create(null);
  if (n === 4) {
    const own = new Error('its own cause');
    own.cause = own;
    throw own;
  }
  return { n };
}

/** Behind `where-am-i`: on the second subtask's thread alone. */
export function exitElsewhereOnce(row) {
  if (row.n === 3500 && row.subtask === 1 && once('exited')) process.exit(7);
  return row;
}
