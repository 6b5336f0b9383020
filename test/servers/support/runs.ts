import { type Ended, weir } from '../../nexmark/cli.ts';
import type { Folder } from '../../support/folder.ts';

/** Runs a topology of one stream in the folder by the built command line. */
export function runStream(folder: Folder, stream: object, { threads = 1, fresh = false, checkpoint = '500ms' } = {}) {
  folder.write('t.yaml', JSON.stringify({ name: 't', checkpoint: { every: checkpoint }, streams: { s: stream } }));
  return weir(['run', 't.yaml', '--threads', String(threads), ...(fresh ? ['--fresh'] : [])], folder.path);
}

/** Runs it to its end; throws what it said when that was a failure. */
export async function toEnd(run: { ended: Promise<Ended> }): Promise<string> {
  const { code, stdout, stderr } = await run.ended;
  if (code !== 0) throw new Error(`weir ended with ${code}: ${stderr}`);
  return stdout + stderr;
}

/** What a run that must fail says. */
export async function failing(run: { ended: Promise<Ended> }): Promise<string> {
  const { code, stdout, stderr } = await run.ended;
  if (code === 0) throw new Error(`weir did not fail: ${stdout}${stderr}`);
  return stderr;
}
