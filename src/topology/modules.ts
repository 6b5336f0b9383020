import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { messageOf, WeirError } from '../base/errors.ts';
import { faultOfAggregate, type UserAggregate } from '../expr/aggregate/user.ts';
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
  const { path, name, module } = await importModule(text, base);
  const found = module[name];
  if (typeof found === 'function') return found as UserFunction;
  const functions = Object.keys(module).filter((each) => typeof module[each] === 'function');
  throw new WeirError('WEIR_MODULE', `${path} exports no function '${name}'`, { data: { name, functions } });
}

/** Loads an aggregate of the user's own. Throws `WEIR_MODULE`. */
export async function importAggregate(text: string, base: string): Promise<UserAggregate> {
  const { path, name, module } = await importModule(text, base);
  const fault = faultOfAggregate(module[name]);
  if (fault === undefined) return module[name] as UserAggregate;
  throw new WeirError('WEIR_MODULE', `${path} exports no aggregate '${name}': ${fault}`, { data: { name } });
}

async function importModule(text: string, base: string) {
  const { path, name } = splitModule(text);
  try {
    const module: Record<string, unknown> = await import(resolveModule(path, base));
    return { path, name, module };
  } catch (error) {
    throw new WeirError('WEIR_MODULE', `${path} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
}

/** The URL of a module that is named in a topology. */
export function resolveModule(path: string, base: string): string {
  if (/^\.{0,2}\/|^file:/.test(path)) return new URL(path, base).href;
  return pathToFileURL(createRequire(new URL('topology.js', base)).resolve(path)).href;
}
