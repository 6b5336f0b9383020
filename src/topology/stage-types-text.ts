import { writeFileSync } from 'node:fs';
import type { Registry, StageEntry } from './registry.ts';

const KINDS = ['source', 'operator', 'sink', 'codec'] as const;

/**
 * The declaration of {@link StageTypes} with every stage that the registry lists: types of the definitions' own options,
 * so that nothing is said twice. `toActors` leads from the declaration's folder to actors/.
 */
export function stageTypesText(registry: Registry, toActors: string): string {
  const entries = KINDS.flatMap((kind) => registry.list(kind));
  const imports = entries.map(({ folder, name }, i) => `import type s${i} from '${toActors}${folder}/${name}.js';`);
  const member = (entry: StageEntry) => {
    const codec = entry.kind === 'source' || entry.kind === 'sink' ? ' & WithCodec' : '';
    return `    '${entry.name}': InputOf<(typeof s${entries.indexOf(entry)})['options']>${codec};`;
  };
  return [
    '// Written by the build from the stages in actors/.',
    `import type { Closure, InputOf } from '../stage/field.js';`,
    ...imports,
    '',
    'interface WithCodec { codec?: string | Record<string, object> }',
    'export interface StageTypes {',
    ...KINDS.flatMap((kind) => [`  ${kind}: {`, ...registry.list(kind).map(member), '  };']),
    '}',
    'export type StageName<K extends keyof StageTypes> = (keyof StageTypes[K] & string) | `./${string}` | `../${string}`;',
    'export type Shorthand = string | number | boolean | Closure | readonly string[];',
    'export type StageOptions<K extends keyof StageTypes, N extends string> =',
    '  | (N extends keyof StageTypes[K] ? StageTypes[K][N] : Record<string, unknown>) | Shorthand;',
    '',
  ].join('\n');
}

/** Writes the declaration beside the compiled stage-types.js. For the build, behind the compiler. */
export function writeStageTypes(registry: Registry): void {
  writeFileSync(new URL('./stage-types.d.ts', import.meta.url), stageTypesText(registry, '../../actors/'));
}
