import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WeirError } from '../base/errors.ts';

const running = import.meta.url;
// This file is src/host/built.ts below the package's root, or dist/src/host/built.js when compiled.
const root = new URL(running.endsWith('.ts') ? '../../' : '../../../', running).href;

/**
 * The URL under which a worker thread can load a module. Node 20 runs no TypeScript, so a module of this package that
 * was named by its source (as in tests, which run from the sources) becomes its compiled twin below `dist/`. Throws
 * `WEIR_NOT_BUILT` when there is none.
 */
export function builtTwin(url: string): string {
  if (!url.endsWith('.ts') || !url.startsWith(root) || 'typescript' in process.features) return url;
  const twin = `${root}dist/${url.slice(root.length, -3)}.js`;
  if (!existsSync(fileURLToPath(twin))) {
    throw new WeirError('WEIR_NOT_BUILT', `${url} has no compiled twin ${twin}: run "npm run build" first`);
  }
  return twin;
}
