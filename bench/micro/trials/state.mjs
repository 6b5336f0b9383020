// What one keyed update costs by the shape of the state: count, sum, min and max of 1,000,000 keys (whole numbers), of
// which 100,000 are updated at random, so that memory and not arithmetic decides.
//
//   node bench/micro/trials/state.mjs [ROUNDS]
//
// The shapes take turns within a round; the table has the medians.

import { HOT, KEYS, keys } from './checkpoint-state.mjs';
import { median, table, waitedClock } from './report.mjs';

const UPDATES = 4e6;
const waited = waitedClock();
const clock = () => performance.now() - waited(); // without the time in which others had the core

const toObject = (key) => ({ key, count: 0, sum: 0.5, min: Infinity, max: -Infinity });

const UPDATE_OBJECT = `entry.count++; entry.sum += value;
  if (value < entry.min) entry.min = value;
  if (value > entry.max) entry.max = value;`;
const UPDATE_ROW = `rows[at]++; rows[at + 1] += value;
  if (value < rows[at + 2]) rows[at + 2] = value;
  if (value > rows[at + 3]) rows[at + 3] = value;`;

function objects() {
  return {
    scope: { map: new Map(Array.from(keys, (key) => [key, toObject(key)])) },
    code: `const entry = map.get(key); ${UPDATE_OBJECT}`,
  };
}

function objectsByGroup() {
  const maps = Array.from({ length: 128 }, () => new Map());
  for (const key of keys) maps[key & 127].set(key, toObject(key));
  return { scope: { maps }, code: `const entry = maps[key & 127].get(key); ${UPDATE_OBJECT}` };
}

function slots() {
  const scope = { map: new Map(Array.from(keys, (key, slot) => [key, slot])), rows: new Float64Array(KEYS * 4) };
  return { scope, code: `const at = map.get(key) * 4; ${UPDATE_ROW}` };
}

/** Linear probing; the hash's top bits choose the place. */
function table21() {
  const size = 1 << 21;
  const places = new Int32Array(size).fill(-1);
  const slotAt = new Int32Array(size);
  for (const [slot, key] of keys.entries()) {
    let place = Math.imul(key, 0x9e3779b1) >>> 11;
    while (places[place] !== -1) place = (place + 1) & (size - 1);
    places[place] = key;
    slotAt[place] = slot;
  }
  const code = `let place = Math.imul(key, 0x9e3779b1) >>> 11;
    while (places[place] !== key) place = (place + 1) & ${size - 1};
    const at = slotAt[place] * 4; ${UPDATE_ROW}`;
  return { scope: { places, slotAt, rows: new Float64Array(KEYS * 4) }, code };
}

const SHAPES = {
  'Map of objects': objects,
  'a Map of objects per key group': objectsByGroup,
  'Map to a row of a Float64Array': slots,
  'probed Int32Array to a row of a Float64Array': table21,
};

const runs = new Map();
for (const [name, make] of Object.entries(SHAPES)) {
  const { scope, code } = make();
  const body = `return (first) => {
    let random = 1;
    for (let n = 0; n < ${UPDATES}; n++) {
      random = (Math.imul(random, 1664525) + 1013904223) | 0;
      const key = keys[(first + ((random >>> 8) % ${HOT})) % ${KEYS}];
      const value = (random >>> 4) / 16;
      ${code}
    }
  }`;
  runs.set(name, { run: new Function('keys', ...Object.keys(scope), body)(keys, ...Object.values(scope)), rates: [] });
}
const rounds = Number(process.argv[2] ?? 5);
for (let round = 0; round <= rounds; round++) {
  for (const { run, rates } of runs.values()) {
    const started = clock();
    run(round * HOT);
    if (round > 0) rates.push(UPDATES / (clock() - started) / 1000); // round 0 warms up
  }
}
table(
  ['state of 1,000,000 keys', 'million updates/s'],
  [...runs].map(([name, { rates }]) => [name, median(rates).toFixed(1)]),
);
