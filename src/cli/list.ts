import { WeirError } from '../base/errors.ts';
import { nearest } from '../expr/nearest.ts';
import { topologyJsonSchema } from '../topology/json-schema.ts';
import { builtIn } from '../topology/registry.ts';
import { stageTable, stageText } from '../topology/stage-text.ts';

const KINDS = ['source', 'codec', 'operator', 'learner', 'sink'];

/** `weir list [STAGE]`: all stages, those of a kind, or the documentation of those with a name. */
export async function listCommand(name: string | undefined): Promise<number> {
  const only = KINDS.find((kind) => name === kind || name === `${kind}s`);
  if (name === undefined || only !== undefined) {
    process.stdout.write(`${await stageTable(builtIn, only)}\n`);
    return 0;
  }
  const named = builtIn.list().filter((entry) => entry.name === name);
  if (named.length === 0) {
    const meant = nearest(
      name,
      builtIn.list().map((entry) => entry.name),
    );
    throw new WeirError('WEIR_USAGE', `there is no stage '${name}'${meant ? `; did you mean ${meant}?` : ''}`);
  }
  // A source and a sink may share a name.
  for (const entry of named) {
    process.stdout.write(stageText({ ...entry, definition: await builtIn.load(entry.kind, entry.name) }));
  }
  return 0;
}

/** `weir schema`: the JSON Schema of topology files. */
export async function schemaCommand(): Promise<number> {
  process.stdout.write(`${JSON.stringify(await topologyJsonSchema(), null, 2)}\n`);
  return 0;
}
