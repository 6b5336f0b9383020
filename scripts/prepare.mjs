// Installs what is missing and builds what is stale, for the commands that must work on a fresh clone.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDERS = ['src', 'actors', 'bench/nexmark'];
export const root = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...parts) => join(root, ...parts);
const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

function run(command, args, what) {
  // On Windows npm is a script that only a shell can start.
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell });
  if (status === 0) return;
  process.stderr.write(`weir: ${what} failed${error ? `: ${error.message}` : ''}\n`);
  process.exit(1);
}

/** Installs the dependencies when one of them is absent or the lock file has changed since. */
export function install() {
  const installed = modified(at('node_modules', '.package-lock.json'));
  const { dependencies, devDependencies } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  const names = Object.keys({ ...dependencies, ...devDependencies });
  const whole = names.every((name) => existsSync(at('node_modules', name, 'package.json')));
  if (whole && installed > 0 && installed >= modified(at('package-lock.json'))) return;
  process.stderr.write('weir: installing dependencies …\n');
  run('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], 'npm ci');
}

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

/** Compiles src and actors when any file of them is newer than the last build. */
export function build() {
  const stamp = at('dist', '.built');
  const built = modified(stamp);
  const sources = [at('tsconfig.json'), ...FOLDERS.flatMap((folder) => [...files(at(folder))])];
  // A folder changes when a file in it comes or goes; the root does so with every run.
  const folders = sources.map(dirname).filter((folder) => folder !== root);
  if (built > 0 && [...sources, ...folders].every((path) => modified(path) <= built)) return;
  const begun = new Date();
  process.stderr.write('weir: building …\n');
  // Stages are found by listing folders, so nothing of a file that is gone may stay behind.
  for (const folder of FOLDERS) if (existsSync(at('dist', folder))) prune(folder);
  run(process.execPath, [at('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'], 'the build');
  // The types of the stages' options, from the stages themselves. In a process of its own: this one may build again.
  const write = `
    import { builtIn } from './dist/src/topology/registry.js';
    import { writeStageTypes } from './dist/src/topology/stage-types-text.js';
    writeStageTypes(builtIn);`;
  run(process.execPath, ['--input-type=module', '--eval', write], 'writing the types of stages');
  // `npx weir` runs it as it is.
  chmodSync(at('dist', 'src', 'cli', 'main.js'), 0o755);
  writeFileSync(stamp, begun.toISOString());
  utimesSync(stamp, begun, begun);
}

function prune(folder) {
  for (const path of files(at('dist', folder))) {
    const source = path.replace(at('dist'), root).replace(/\.(?:js|d\.ts)$/, '.ts');
    if (!existsSync(source)) rmSync(path);
  }
}

export function prepare() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    process.stderr.write(`weir: needs Node 20.19 or newer, this is ${process.version}\n`);
    process.exit(1);
  }
  install();
  build();
}
