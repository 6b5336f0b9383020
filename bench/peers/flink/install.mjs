import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export const FLINK = '2.2.1';
/** pip brings the distribution, which PyFlink is made of; its gateway for SQL is in Maven alone. */
const DISTRIBUTION = `apache-flink-libraries==${FLINK}`;
const GATEWAY = `org.apache.flink:flink-sql-gateway:${FLINK}`;
const COPY = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
const PYTHON = process.platform === 'win32' ? 'python' : 'python3';

/** Where programs keep what they can fetch again: `WEIR_PEERS_CACHE`, else below the folder that the system has for it. */
function cacheFolder() {
  if (process.env.WEIR_PEERS_CACHE) return process.env.WEIR_PEERS_CACHE;
  const home = homedir();
  if (process.platform === 'darwin') return join(home, 'Library', 'Caches', 'weir-peers');
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'weir-peers', 'cache');
  }
  return join(process.env.XDG_CACHE_HOME || join(home, '.cache'), 'weir-peers');
}

const tool = (command, args) =>
  // On Windows mvn is a script that only a shell can start.
  spawnSync(command, args, { encoding: 'utf8', shell: process.platform === 'win32' && command === 'mvn' });

function must(command, args) {
  const { status, error, stdout, stderr } = tool(command, args);
  if (status !== 0) throw new Error(`${command} failed: ${error?.message ?? stdout + stderr}`);
}

/** Folders of jars and plug-ins of an installed Flink. */
const layout = (folder) => ({
  folder,
  classpath: ['lib', 'gateway'].map((name) => join(folder, name, '*')).join(process.platform === 'win32' ? ';' : ':'),
  lib: join(folder, 'lib'),
  plugins: join(folder, 'plugins'),
});

const home = () => join(cacheFolder(), `flink-${FLINK}`);

/** Why Flink cannot run here, or undefined if it can. */
export function lacking() {
  const { error, stderr } = tool('java', ['-version']);
  if (error) return 'there is no java on the path: Flink needs version 11, 17 or 21';
  const version = Number(/version "(\d+)/.exec(stderr)?.[1]);
  if (!(version >= 11)) return `java is of version ${version}: Flink needs 11, 17 or 21`;
  if (existsSync(home())) return undefined;
  if (tool('mvn', ['-version']).status !== 0) return 'there is no mvn on the path (Apache Maven), which fetches Flink';
  if (tool(PYTHON, ['-m', 'pip', '--version']).status !== 0)
    return `there is no ${PYTHON} with pip, which fetches Flink`;
  return undefined;
}

/** Fetches Flink unless it is there from before: 280 MB. Returns where its parts are. */
export function install() {
  if (existsSync(home())) return layout(home());
  const scratch = `${home()}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  process.stderr.write(`fetching Flink ${FLINK} into ${home()} …\n`);
  must(PYTHON, [
    '-m',
    'pip',
    'install',
    '-q',
    '--no-deps',
    '--no-compile',
    '--target',
    join(scratch, 'pip'),
    DISTRIBUTION,
  ]);
  const [group, artifact, version] = GATEWAY.split(':');
  // Without its dependencies: they are in the distribution.
  const all = '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>';
  writeFileSync(
    join(scratch, 'pom.xml'),
    `<project><modelVersion>4.0.0</modelVersion>
<groupId>weir</groupId><artifactId>flink</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>
${all}</dependency></dependencies></project>
`,
  );
  must('mvn', ['-q', '-B', '-f', join(scratch, 'pom.xml'), COPY, `-DoutputDirectory=${join(scratch, 'gateway')}`]);
  for (const part of ['lib', 'plugins']) renameSync(join(scratch, 'pip', 'pyflink', part), join(scratch, part));
  rmSync(join(scratch, 'pip'), { recursive: true });
  renameSync(scratch, home());
  return layout(home());
}
