import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Features } from '../../../dist/actors/lib/learn/features.js';
import { Slots } from '../../../dist/actors/lib/learn/slots.js';
import { launch } from '../../../dist/src/host/launch.js';
import { checkText } from '../../../dist/src/topology/check.js';
import { topologyError } from '../../../dist/src/topology/issue.js';
import { materializeSync } from '../../../dist/src/topology/options.js';
import { builtIn } from '../../../dist/src/topology/registry.js';

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Rows as records, with the target under `y`: objects of one shape, as decoders make them. */
export function recordsOf({ columns, table }) {
  const names = [...columns, 'y'];
  const make = new Function('table', 'at', `return {${names.map((name, j) => `${name}:table[at+${j}]`).join()}}`);
  return Array.from({ length: table.length / names.length }, (_, i) => make(table, i * names.length));
}

/** CPU microseconds a row of passes over the rows, each with a model of its own, for 0.3 s and more once they are compiled. */
function timed(rows, pass) {
  passesFor(500, pass);
  const begun = cpuMs();
  const passes = passesFor(300, pass);
  return ((cpuMs() - begun) / passes / rows.length) * 1000;
}

function passesFor(ms, pass) {
  const begun = cpuMs();
  let passes = 0;
  do {
    pass();
    passes++;
  } while (cpuMs() - begun < ms);
  return passes;
}

/** A learner's stage from record to record, without an engine around it. */
export async function stagePass({ learner, options = {}, plain }) {
  const definition = await builtIn.load('operator', learner);
  const target = 'target' in definition.options ? { target: 'y' } : {};
  const dropped = plain || 'target' in definition.options ? {} : { drop: ['y'] };
  const made = materializeSync(definition.options, { ...target, ...dropped, ...options });
  return (rows) =>
    timed(rows, () => {
      const at = { time: 0, order: 0, key: null };
      const operator = definition.create(made, { ...CONTEXT, at, keyed: stateOf });
      for (let i = 0; i < rows.length; i++) {
        at.order = i;
        operator.onRecord(rows[i], OUT);
      }
    });
}

const OUT = { emit() {}, emitAt() {}, retract() {}, side() {} };
export const CONTEXT = {
  subtask: 0,
  parallelism: 1,
  keyNames: [],
  keyValues: () => [],
  retractions: false,
  updating: false,
  othersUpdating: false,
  clocked: true,
  reads: () => false,
  watermark: Number.NEGATIVE_INFINITY,
  deadLetter(_, code, reason) {
    throw new Error(`${reason} (${code})`);
  },
  now: () => 0,
  log() {},
};

/** Keyed state of one namespace, in memory. */
export function stateOf(_, { create }) {
  const values = new Map();
  return {
    update(_, key) {
      let value = values.get(key);
      if (value === undefined) {
        value = create();
        values.set(key, value);
      }
      return value;
    },
    peek: (_, key) => values.get(key),
    set: (_, key, value) => void values.set(key, value),
    delete: (_, key) => void values.delete(key),
    drop: () => values.clear(),
    namespaces: () => (values.size > 0 ? [0] : []),
    entries: () => values.entries(),
    get size() {
      return values.size;
    },
  };
}

/** The model alone, from record to number: features by name, predict, learn. */
export async function modelPass({ model, classes }) {
  const create = await model((name) => import(`../../../dist/actors/lib/learn/${name}.js`));
  const out = new Float64Array(Math.max(1, classes ?? 1));
  const target = new Float64Array(1);
  return (rows) =>
    timed(rows, () => {
      const made = create();
      const features = new Features({ drop: [], levels: 100 }, ['y']);
      const slots = new Slots(features.limits);
      for (const row of rows) {
        if (made.pair !== undefined) {
          made.pair(row);
          continue;
        }
        const x = features.load(null, row, slots);
        if (made.take !== undefined) made.take(x);
        else if (classes === undefined) {
          target[0] = row.y;
          if (made.step !== undefined) made.step(x, target, out);
          else {
            made.predict(x, out);
            made.learn(x, target);
          }
        } else {
          made.predict(x, classes, out);
          made.learn(x, row.y, classes);
        }
      }
    });
}

/** Seconds of wall time of a topology that reads a file, predicts and learns, from its first record to its end. */
export async function fileRun({ learner, options = {}, csv }) {
  const steps = [{ [learner]: { target: 'y', ...options } }];
  const source = { file: { path: csv, codec: 'csv' } };
  const text = JSON.stringify({ name: 'peer', streams: { rows: { source, do: steps, to: 'null' } } });
  const { graph, issues } = await checkText(text, { file: 'peer', base: import.meta.url });
  if (graph === undefined) throw topologyError(issues);
  const folder = mkdtempSync(join(tmpdir(), 'weir-peer-'));
  const { engine, close } = launch(graph, { threads: 1, stateFolder: folder });
  try {
    return (await engine.run()).durationMs / 1000;
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}
