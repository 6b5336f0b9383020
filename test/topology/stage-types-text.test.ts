import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { stageTypesText } from '../../src/topology/stage-types-text.ts';
import { fakes } from './support.ts';

/** What the compiler says of a program that uses the declaration, a message each. */
function compile(program: string): string[] {
  // Inside of the package, for `#stage` to be found, and where nothing looks for sources.
  const dist = fileURLToPath(new URL('../../dist/', import.meta.url));
  mkdirSync(dist, { recursive: true });
  const folder = mkdtempSync(join(dist, 'types-'));
  try {
    const declaration = stageTypesText(fakes, '../../test/topology/fixtures/actors/')
      .replace('../stage/field.js', '../../src/stage/field.ts')
      .replaceAll(/(fixtures\/actors\/\S+)\.js'/g, "$1.ts'");
    writeFileSync(join(folder, 'stage-types.ts'), declaration);
    const file = join(folder, 'program.ts');
    writeFileSync(file, `import type { StageName, StageOptions } from './stage-types.ts';\n${program}`);
    const root = fileURLToPath(new URL('../../tsconfig.test.json', import.meta.url));
    const config = ts.getParsedCommandLineOfConfigFile(
      root,
      {},
      { ...ts.sys, onUnRecoverableConfigFileDiagnostic() {} },
    );
    const options = { ...config?.options, noEmit: true, incremental: false, tsBuildInfoFile: undefined };
    const compiled = ts.createProgram([file], options);
    return ts.getPreEmitDiagnostics(compiled).map((each) => ts.flattenDiagnosticMessageText(each.messageText, '\n'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const use = `declare function use<N extends StageName<'operator'>>(stage: N, options?: StageOptions<'operator', N>): void;
declare function source<N extends StageName<'source'>>(stage: N, options?: StageOptions<'source', N>): void;
`;

test('options are typed by the definitions, closures and short forms among them', () => {
  expect(
    compile(`${use}
use('tumbling', { size: '5s', aggregate: { n: 'count()' }, top: { by: (row) => row.x, ties: 'all' } });
use('where', 'x > 1');
use('where', (row) => row.x === 1);
use('mean', { target: 'y', features: ['a'] });
use('./own/double.js', { anything: true });
source('lines', { path: 'x', codec: { csv: { delimiter: ';' } } });
`),
  ).toEqual([]);
});

test('unknown stages, unknown and missing options, and other types are told by the compiler', () => {
  const errors = compile(`${use}
use('tumblin', { size: '5s' });
use('tumbling', { siz: '5s' });
use('tumbling', { aggregate: { n: 'count()' } });
use('dedupe', { capacity: 'many' });
`);
  expect(errors).toHaveLength(4);
});
