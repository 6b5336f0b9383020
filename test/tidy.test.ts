// The rules of the house that a machine can hold. Layers of src/, from the ground up; a layer imports those before it:
//
//   base · world · expr · stage · actor · state · flow · topology · run · host | sim · testkit · dashboard · cli · index
//
// `stage` stands behind `expr` because `weir/stage` hands on code that authors of stages compile expressions with. Imports of
// types vanish when the program runs, and two of them may look ahead: expressions are typed over a stage's records (expr →
// stage), and the plan that `flow` carries out is drawn up in `topology` (flow → topology). `host` and `sim` stand for each
// other and never meet. `src` knows `actors` by URL alone, through the registry.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { globSync } from 'tinyglobby';
import ts from 'typescript';
import { afterAll, describe, expect, test } from 'vitest';

const ROOT = new URL('../', import.meta.url).pathname;
const LAYERS = 'base world expr stage actor state flow topology run host sim testkit dashboard cli index.ts'.split(' ');
const TYPES_AHEAD = ['expr -> stage', 'flow -> topology'];
const PURE = LAYERS.slice(0, LAYERS.indexOf('host'));
const ENTRIES = ['src/index.ts', 'src/stage/index.ts', 'src/testkit/index.ts'];

/** Modules of node that reach outside of the process, where the simulator could not follow: who may, and why. */
const IMPURE =
  /^(?:node:)?(?:fs|net|http|https|http2|dgram|dns|tls|child_process|worker_threads|cluster|os|timers|perf_hooks)\b/;
const MAY_BE_IMPURE: Record<string, string> = {
  'src/topology/registry.ts': 'lists the folders of stages, before anything runs',
  'src/topology/stage-types-text.ts': 'writes the declarations of stages at build time',
};
/** What reads the clock, rolls dice or waits on its own. Between base and run only `world` may be asked. */
const OUTSIDE = ['Date.now', 'Math.random', 'performance.now', 'process.hrtime', 'Atomics.wait', 'new Date()'];
const TIMERS = ['setTimeout', 'setInterval', 'setImmediate'];
const DEFAULT_EXPORTS: Record<string, string> = {
  'src/testkit/scripted-source.ts': 'a stage, which a registry imports',
  'src/testkit/collecting-sink.ts': 'a stage, which a registry imports',
  'src/host/entry.ts': 'what piscina runs in a worker is a default export',
};

/** What is committed or about to be; where git cannot tell, all that it would not ignore. */
function listed(): string[] {
  try {
    return execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).split('\0');
  } catch {
    const ignored = read('.gitignore').trim().split('\n');
    const ignore = ['.git/', ...ignored].map((name) => (name.endsWith('/') ? `**/${name}**` : `**/${name}`));
    return globSync(['**/*'], { cwd: ROOT, dot: true, ignore });
  }
}

const read = (path: string) => readFileSync(ROOT + path, 'utf8');
const committed = listed().filter((path) => path !== '' && existsSync(ROOT + path));
const within = (...folders: string[]) =>
  committed.filter((path) => folders.some((folder) => path.startsWith(`${folder}/`)));

interface Import {
  from: string;
  spec: string;
  /** Vanishes when the program runs. */
  isType: boolean;
}

interface Module {
  path: string;
  imports: Import[];
  /** It hands on what others export and does nothing else. */
  isBarrel: boolean;
  hasDefault: boolean;
  /** Calls and properties by their text, `Date.now`, and identifiers. */
  uses: Set<string>;
}

function parse(path: string): Module {
  const file = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true);
  const made: Module = { path, imports: [], isBarrel: true, hasDefault: false, uses: new Set() };
  const add = (spec: ts.Node | undefined, isType: boolean) => {
    if (spec && ts.isStringLiteralLike(spec)) made.imports.push({ from: path, spec: spec.text, isType });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, importsTypes(node.importClause));
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly || namesTypes(node.exportClause));
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    else if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0], false);
      if (ts.isIdentifier(node.expression)) made.uses.add(`${node.expression.text}()`);
    } else if (ts.isNewExpression(node) && node.arguments?.length === 0)
      made.uses.add(`new ${node.expression.getText()}()`);
    else if (ts.isPropertyAccessExpression(node)) made.uses.add(`${node.expression.getText()}.${node.name.text}`);
    else if (ts.isIdentifier(node)) made.uses.add(node.text);
    else if (ts.isExportAssignment(node)) made.hasDefault = true;
    if (node.kind === ts.SyntaxKind.DefaultKeyword && ts.canHaveModifiers(node.parent)) made.hasDefault = true;
    ts.forEachChild(node, visit);
  };
  for (const statement of file.statements) {
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) made.isBarrel = false;
    visit(statement);
  }
  return made;
}

function importsTypes(clause: ts.ImportClause | undefined): boolean {
  if (clause === undefined) return false;
  return clause.phaseModifier === ts.SyntaxKind.TypeKeyword || (!clause.name && namesTypes(clause.namedBindings));
}

function namesTypes(names: ts.NamedImportBindings | ts.NamedExportBindings | undefined): boolean {
  return names !== undefined && 'elements' in names && names.elements.every(({ isTypeOnly }) => isTypeOnly);
}

const src = within('src')
  .filter((path) => path.endsWith('.ts'))
  .map(parse);
const actors = within('actors')
  .filter((path) => path.endsWith('.ts'))
  .map(parse);
const tests = within('test')
  .filter((path) => path.endsWith('.ts'))
  .map(parse);
const imports = [...src, ...actors].flatMap((module) => module.imports);
const target = ({ from, spec }: Import) => posix.join(posix.dirname(from), spec);
const layerOf = (path: string) => path.split('/')[1] as string;
const shown = ({ from, spec }: Import) => `${from} imports ${spec}`;
const { dependencies, devDependencies, peerDependenciesMeta } = JSON.parse(read('package.json')) as Record<
  string,
  Record<string, string>
>;

test('there is something to look at', () => {
  expect(src.length).toBeGreaterThan(200);
  expect(actors.length).toBeGreaterThan(80);
  expect(tests.length).toBeGreaterThan(70);
  expect(imports.length).toBeGreaterThan(1000);
});

describe('layers', () => {
  const between = src.flatMap((module) => module.imports).filter(({ spec }) => spec.startsWith('.'));

  test('every folder of src is a layer', () => {
    for (const { path } of src) expect(LAYERS, path).toContain(layerOf(path));
  });

  test('a layer imports those before it; host and sim never meet', () => {
    const wrong = between.filter((one) => {
      const [from, to] = [layerOf(one.from), layerOf(target(one))];
      if (from === to || (one.isType && TYPES_AHEAD.includes(`${from} -> ${to}`))) return false;
      return LAYERS.indexOf(to) > LAYERS.indexOf(from) || [from, to].sort().join() === 'host,sim';
    });
    expect(wrong.map(shown)).toEqual([]);
  });

  test('the testkit runs on any machine: it has a clock and a disk of its own', () => {
    const wrong = between.filter((one) => layerOf(one.from) === 'testkit' && layerOf(target(one)) === 'host');
    expect(wrong.map(shown)).toEqual([]);
  });

  test('src knows no stage', () => {
    expect(imports.filter((one) => one.from.startsWith('src') && target(one).startsWith('actors')).map(shown)).toEqual(
      [],
    );
  });

  test('stages import #stage, actors/lib, node and npm packages alone', () => {
    const wrong = actors
      .flatMap((module) => module.imports)
      .filter((one) => {
        if (one.spec.startsWith('.')) return !target(one).startsWith('actors/lib/');
        return one.spec !== '#stage' && !isNode(one.spec) && !(packageOf(one.spec) in (dependencies ?? {}));
      });
    expect(wrong.map(shown)).toEqual([]);
  });

  test('src imports only what package.json says it needs', () => {
    const wrong = src
      .flatMap((module) => module.imports)
      .filter(({ from, spec, isType }) => {
        if (spec.startsWith('.') || spec === '#stage' || isNode(spec) || packageOf(spec) in (dependencies ?? {}))
          return false;
        // What is optional is asked for by the one command that needs it, which says so where it is absent.
        if (from === 'src/cli/lake-sql.ts' && packageOf(spec) in (peerDependenciesMeta ?? {})) return false;
        // The testkit asks for the test tools when a test runs, and does without where they are absent.
        return !((from.startsWith('src/testkit/') || isType) && packageOf(spec) in (devDependencies ?? {}));
      });
    expect(wrong.map(shown)).toEqual([]);
  });
});

describe('from base to run', () => {
  const pure = src.filter(({ path }) => PURE.includes(layerOf(path)));

  test('clocks, dice and timers are asked through world', () => {
    const wrong = pure.flatMap(({ path, uses }) => {
      const found = [...OUTSIDE, ...TIMERS.map((name) => `${name}()`)].filter((use) => uses.has(use));
      return found.map((use) => `${path} uses ${use}`);
    });
    expect(wrong).toEqual([]);
  });

  test('files, sockets and threads are reached through world', () => {
    const wrong = pure
      .flatMap((module) => module.imports)
      .filter(({ from, spec }) => IMPURE.test(spec) && !(from in MAY_BE_IMPURE));
    expect(wrong.map(shown)).toEqual([]);
    const needed = pure
      .filter((module) => module.imports.some(({ spec }) => IMPURE.test(spec)))
      .map(({ path }) => path);
    expect(needed.sort()).toEqual(Object.keys(MAY_BE_IMPURE).sort());
  });
});

describe('files', () => {
  const code = committed.filter((path) => /\.(?:m?[jt]s|mts)$/.test(path));
  const lines = (path: string) => read(path).split('\n').length - 1;
  const large = within('src', 'actors')
    .map((path) => ({ path, lines: lines(path) }))
    .sort((a, b) => b.lines - a.lines);

  test('names are in kebab-case', () => {
    const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+)+$/;
    expect(code.filter((path) => !kebab.test(posix.basename(path)))).toEqual([]);
  });

  test('none has more than 400 lines; 250 is enough for most', () => {
    expect(large.filter((file) => file.lines > 400)).toEqual([]);
    expect(large.filter((file) => file.lines > 250).length).toBeLessThan(large.length / 20);
  });

  test('barrels are the public entries alone', () => {
    const indexes = src
      .filter(({ path, isBarrel }) => isBarrel || posix.basename(path) === 'index.ts')
      .map(({ path }) => path);
    expect(indexes.filter((path) => !ENTRIES.includes(path))).toEqual([]);
    expect([...src, ...actors].filter(({ path }) => ENTRIES.includes(path)).length).toBe(ENTRIES.length);
  });

  test('src has no default exports but stages and what a library asks for', () => {
    const isStage = (path: string) => /^src\/\w+\/stages\//.test(path);
    const wrong = src.filter(({ path, hasDefault }) => hasDefault && !isStage(path) && !(path in DEFAULT_EXPORTS));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test('relative imports name their files', () => {
    const relative = (modules: Module[]) =>
      modules.flatMap((module) => module.imports).filter(({ spec }) => spec.startsWith('.'));
    expect(
      relative([...src, ...actors])
        .filter(({ spec }) => !spec.endsWith('.ts'))
        .map(shown),
    ).toEqual([]);
    expect(
      relative(tests)
        .filter(({ spec }) => !/\.(?:ts|m?js|json)$/.test(spec))
        .map(shown),
    ).toEqual([]);
  });

  test('every stage has a test beside it', () => {
    const beside = within('test/actors').filter((path) => path.endsWith('.test.ts'));
    const texts = beside.map(read);
    const stages = actors.map(({ path }) => path).filter((path) => !path.startsWith('actors/lib/'));
    const untested = stages.filter((path) => {
      const name = posix.basename(path, '.ts');
      return (
        !beside.some((test) => posix.basename(test) === `${name}.test.ts`) && !texts.some((text) => text.includes(path))
      );
    });
    expect(stages.length).toBeGreaterThan(25);
    expect(untested).toEqual([]);
  });

  afterAll(() => {
    const [...top] = large.slice(0, 5).map(({ path, lines }) => `${path} ${lines}`);
    process.stdout.write(`\nThe largest files: ${top.join(', ')}\n`);
  });
});

describe('text', () => {
  const text = committed.filter((path) => !/\.(?:gz|png|ico|woff2|lock)$/.test(path) && path !== 'package-lock.json');
  const found = (pattern: RegExp, paths: readonly string[] = text) =>
    paths.flatMap((path) =>
      read(path)
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}`] : [])),
    );

  test('nothing is left to do', () => {
    expect(
      found(new RegExp('\\b(?:TO' + 'DO|FIX' + 'ME|XX' + 'X)\\b'), within('src', 'actors', 'test', 'scripts', 'bench')),
    ).toEqual([]);
  });

  test('src and actors print nothing past the terminal', () => {
    const printing = [...src, ...actors].filter(({ uses }) => [...uses].some((use) => use.startsWith('console.')));
    expect(printing.map(({ path }) => path)).toEqual([]);
  });

  test('no test is skipped, and none runs alone', () => {
    const never = tests.filter(({ uses }) =>
      [...uses].some((use) => /^(?:test|it|describe)(?:\.\w+)*\.(?:skip|only|todo)$/.test(use)),
    );
    expect(never.map(({ path }) => path)).toEqual([]);
  });

  test('characters are what they look like', () => {
    // Pages quote the inputs of examples, carriage returns and all.
    const pages = text.filter((path) => path.endsWith('.md'));
    expect(found(/[^\P{C}\t\r]|\u00a0/u, pages)).toEqual([]);
    expect(
      found(
        /[^\P{C}\t]|\u00a0/u,
        text.filter((path) => !path.endsWith('.md')),
      ),
    ).toEqual([]);
    const odd = [...src, ...actors].flatMap(({ path, uses }) =>
      [...uses].filter((use) => /^[\p{L}\w$]+$/u.test(use) && !/^[\w$]+$/.test(use)).map((use) => `${path}: ${use}`),
    );
    expect(odd).toEqual([]);
  });

  test('no file knows the machine that it was written on, or where packages come from', () => {
    const folders = ['work', 'tmp', 'root', 'home'].join('|');
    expect(found(new RegExp(`(?:^|[^\\w.$}\\])-])/(?:${folders})/`))).toEqual([]);
    const hosts = [
      'registry\\.npm' + 'js',
      'registry\\.yarn' + 'pkg',
      'py' + 'pi\\.org',
      'npm' + 'mirror',
      'j' + 'frog',
      'arti' + 'factory',
    ].join('|');
    expect(
      found(
        new RegExp(hosts, 'i'),
        committed.filter((path) => path !== 'test/tidy.test.ts'),
      ),
    ).toEqual([]);
  });
});

function isNode(spec: string): boolean {
  return spec.startsWith('node:') && builtinModules.includes(spec.slice('node:'.length).split('/')[0] as string);
}

function packageOf(spec: string): string {
  return spec
    .split('/')
    .slice(0, spec.startsWith('@') ? 2 : 1)
    .join('/');
}
