import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { messageOf, WeirError } from '../base/errors.ts';
import type { UserFunction } from '../stage/field.ts';

/** `./pricing.js#convert` taken apart. Without a `#` the default export is meant. */
export function splitModule(text: string): { path: string; name: string } {
  const hash = text.lastIndexOf('#');
  return hash < 0 ? { path: text, name: 'default' } : { path: text.slice(0, hash), name: text.slice(hash + 1) };
}

/**
 * Loads a function of the user's own. A path is taken from the folder `base` (a file URL), a bare name from the packages
 * installed there. Throws `WEIR_MODULE`.
 */
export async function importFunction(text: string, base: string): Promise<UserFunction> {
  const { path, name } = splitModule(text);
  let module: Record<string, unknown>;
  try {
    module = await import(resolveModule(path, base));
  } catch (error) {
    throw new WeirError('WEIR_MODULE', `${path} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  const found = module[name];
  if (typeof found === 'function') return found as UserFunction;
  const functions = Object.keys(module).filter((each) => typeof module[each] === 'function');
  throw new WeirError('WEIR_MODULE', `${path} exports no function '${name}'`, { data: { name, functions } });
}

/** The URL of a module that is named in a topology. */
export function resolveModule(path: string, base: string): string {
  if (/^\.{0,2}\/|^file:/.test(path)) return new URL(path, base).href;
  return pathToFileURL(createRequire(new URL('topology.js', base)).resolve(path)).href;
}
