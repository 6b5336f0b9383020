import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { glob, isDynamicPattern } from 'tinyglobby';

/** A file as it is found under a name. */
export interface FoundFile {
  readonly path: string;
  /** Device and inode: what stays when a file is renamed. */
  readonly id: string;
  readonly size: number;
  /** When it was last written to, ms. */
  readonly changed: number;
}

/** The files that a path or glob names now, in order of their paths. */
export async function findFiles(path: string): Promise<FoundFile[]> {
  if (!isDynamicPattern(path)) return await look([path]);
  return await look(
    (await glob(path, { onlyFiles: true, absolute: isAbsolute(path), expandDirectories: false })).sort(),
  );
}

/**
 * Files beside a path that seem to have borne its name after `before` did: named after it, written to no earlier, and not
 * known.
 */
export async function findBetween(path: string, before: FoundFile, known: ReadonlySet<string>): Promise<string[]> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  const alike = names.filter((name) => name.startsWith(`${basename(path)}.`) || name.startsWith(`${basename(path)}-`));
  const found = await look(alike.sort().map((name) => join(folder, name)));
  return found.filter(({ id, changed }) => !known.has(id) && changed >= before.changed).map((file) => file.path);
}

/** The file of that id in the folder of a path, under whatever name it has got. */
export async function findRenamed(path: string, id: string): Promise<FoundFile | undefined> {
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => []);
  return (await look(names.map((name) => join(folder, name)))).find((file) => file.id === id);
}

/** Folders in which something happens when the files of a path change. */
export function foldersOf(path: string, files: readonly FoundFile[]): Set<string> {
  const fixed = path.split('/').slice(0, -1);
  const dynamic = fixed.findIndex((_, i) => isDynamicPattern(fixed.slice(0, i + 1).join('/')));
  const base = (dynamic < 0 ? fixed : fixed.slice(0, dynamic)).join('/') || (path.startsWith('/') ? '/' : '.');
  return new Set([base, ...files.map((file) => dirname(file.path))]);
}

async function look(paths: readonly string[]): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const path of paths) {
    const stats = await stat(path, { bigint: true }).catch(() => undefined);
    if (!stats?.isFile()) continue;
    found.push({ path, id: `${stats.dev}:${stats.ino}`, size: Number(stats.size), changed: Number(stats.mtimeMs) });
  }
  return found;
}
