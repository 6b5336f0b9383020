/** Paths, without places in lists, of numbers that are not finite, also where they are written as a model's JSON does. */
export function notFinite(value: unknown, path = '', found = new Set<string>()): string[] {
  if (typeof value === 'number' ? !Number.isFinite(value) : NAMES.has(value as string)) found.add(path);
  else if (Array.isArray(value)) for (const one of value) notFinite(one, path, found);
  else if (value !== null && typeof value === 'object') {
    for (const [name, one] of Object.entries(value)) notFinite(one, `${path}/${name}`, found);
  }
  return [...found];
}

const NAMES = new Set(['NaN', 'Infinity', '-Infinity']);
