import { printable, WeirError } from '#stage';

/** A model's data as JSON can hold it: typed arrays become lists under the name of their type. */
export function toPlain(value: unknown): unknown {
  if (value instanceof Float64Array)
    return { f64: Array.from(value, (one) => (Number.isFinite(one) ? one : String(one))) };
  if (value instanceof Int32Array) return { i32: [...value] };
  if (value instanceof Uint8Array) return { u8: [...value] };
  if (Array.isArray(value)) return value.map(toPlain);
  if (typeof value === 'number' && !Number.isFinite(value)) return { f64: String(value) };
  if (value === null || typeof value !== 'object') return value ?? null;
  // What is undefined is not there: read again as null it would be something else.
  const known = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(known.map(([name, one]) => [name, toPlain(one)]));
}

/** What {@link toPlain} was made of. Throws `WEIR_MODEL_FORM` for numbers that are none. */
export function fromPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlain);
  if (value === null || typeof value !== 'object') return value;
  const { f64, i32, u8 } = value as Partial<Record<'f64' | 'i32' | 'u8', unknown>>;
  if (Array.isArray(f64)) return Float64Array.from(f64, numberOf);
  if (typeof f64 === 'string') return numberOf(f64);
  if (Array.isArray(i32)) return Int32Array.from(i32, numberOf);
  if (Array.isArray(u8)) return Uint8Array.from(u8, numberOf);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, fromPlain(one)]));
}

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw new WeirError(
    'WEIR_MODEL_FORM',
    `a model holds ${printable(String(value).slice(0, 40))} where a number is to stand`,
  );
}
