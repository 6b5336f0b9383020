import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const RIVER = '0.26.1';
const NUMPY = '2.4.6';
const WINDOWS = process.platform === 'win32';
const PYTHON = WINDOWS ? 'python' : 'python3';

const tool = (command, args) => spawnSync(command, args, { encoding: 'utf8' });
const pythonIn = (folder) => join(folder, WINDOWS ? 'Scripts' : 'bin', WINDOWS ? 'python.exe' : 'python');

/** The Python that has River, in an environment of its own below the system's temporary folder; made when it is not there. */
export function install() {
  const home = join(tmpdir(), `weir-river-${RIVER}`);
  if (existsSync(home)) return pythonIn(home);
  if (tool(PYTHON, ['-m', 'venv', '--help']).status !== 0) {
    throw new Error(`there is no ${PYTHON} with the module venv on the path: River needs Python 3.11 or newer`);
  }
  // Under another name until it is whole: an interrupted install is none.
  const draft = `${home}-${process.pid}`;
  console.error(`installing River ${RIVER} into ${home} …`);
  try {
    must(PYTHON, ['-m', 'venv', draft]);
    must(pythonIn(draft), ['-m', 'pip', 'install', '--quiet', `river==${RIVER}`, `numpy==${NUMPY}`]);
    renameSync(draft, home);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return pythonIn(home);
}

function must(command, args) {
  const { status, error, stdout, stderr } = tool(command, args);
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stdout + stderr}`);
}
