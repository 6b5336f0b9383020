import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';

const folder = new URL('./', import.meta.url);
const numberOf = (name) => Number(name.slice(1));

/** The names of the queries that have a topology here, `q0` and so on, by number. */
export function queryNames() {
  const names = readdirSync(folder).flatMap((file) => /^(q\d+)\.yaml$/.exec(file)?.[1] ?? []);
  return names.sort((a, b) => numberOf(a) - numberOf(b));
}

/** The queries of a list such as `q0,q1`, all without one. Throws for one that there is not. */
export function chosen(list) {
  const names = queryNames();
  const queries = list === undefined ? names : list.split(',');
  const unknown = queries.find((query) => !names.includes(query));
  if (unknown !== undefined) throw new Error(`there is no query '${unknown}', only ${names.join(', ')}`);
  return queries;
}

/** The path of a query's topology. */
export const topologyOf = (name) => fileURLToPath(new URL(`${name}.yaml`, folder));

/** The text of a query's topology whose result goes nowhere. */
export function discarding(name) {
  const topology = parse(readFileSync(topologyOf(name), 'utf8'));
  for (const stream of Object.values(topology.streams)) if ('to' in stream) stream.to = 'null';
  return stringify(topology);
}

/** Arguments of `weir run` that give the topology those of these parameters that it has: not all read a side table. */
export function settingsOf(name, parameters) {
  const { params } = parse(readFileSync(topologyOf(name), 'utf8'));
  const wanted = Object.entries(parameters).filter(([key, value]) => key in params && value !== undefined);
  return wanted.flatMap(([key, value]) => ['--set', `${key}=${value}`]);
}
