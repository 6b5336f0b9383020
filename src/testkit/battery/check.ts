import { isDeepStrictEqual } from 'node:util';
import { WeirError } from '../../base/errors.ts';
import type { AnyDefinition, StageKind } from '../../stage/definition.ts';

/** A stage under test. */
export interface Subject<D extends AnyDefinition = AnyDefinition> {
  readonly kind: StageKind;
  readonly name: string;
  readonly definition: D;
  /** Hold it to what built-in stages promise too: docs, cost and examples. */
  readonly strict: boolean;
  /** Shorter inputs and fewer keys. */
  readonly quick?: boolean;
}

/** One promise of the contract. `run` returns when it holds and throws a {@link ContractError} when not. */
export interface Check<D extends AnyDefinition = any> {
  /** What a definition's `optOut` names. */
  readonly name: string;
  run(subject: Subject<D>): void | Promise<void>;
}

/** A promise that a stage breaks: `WEIR_CONTRACT`. Test runners show the difference of `actual` and `expected`. */
export class ContractError extends WeirError {
  readonly actual: unknown;
  readonly expected: unknown;

  constructor(message: string, values: { actual?: unknown; expected?: unknown; cause?: unknown } = {}) {
    super('WEIR_CONTRACT', message, { cause: values.cause });
    this.actual = values.actual;
    this.expected = values.expected;
  }
}

/** A check that cannot be made of this stage, or here. Its reason is shown. */
export class Skipped extends Error {}

/** Ends the check unless `holds`. */
export function demand(holds: unknown, message: string, cause?: unknown): asserts holds {
  if (!holds) throw new ContractError(message, { cause });
}

/** Ends the check unless the two are the same: NaN is NaN, −0 is not 0, an absent field is not an undefined one. */
export function same(actual: unknown, expected: unknown, message: string): void {
  if (!isDeepStrictEqual(actual, expected)) throw new ContractError(message, { actual, expected });
}

/** As {@link same}, for what an example shows: a number may be off by a billionth, as another machine's mathematics are. */
export function shows(actual: unknown, expected: unknown, message: string): void {
  if (!isDeepStrictEqual(rounded(actual, expected), expected)) throw new ContractError(message, { actual, expected });
}

/** A value with the numbers that are nearly those of another one in place of its own. */
function rounded(actual: unknown, like: unknown): unknown {
  if (typeof actual === 'number' && typeof like === 'number') {
    return Math.abs(actual - like) <= 1e-9 * Math.max(1, Math.abs(like)) ? like : actual;
  }
  if (Array.isArray(actual) && Array.isArray(like)) return actual.map((one, i) => rounded(one, like[i]));
  if (typeof actual !== 'object' || actual === null || typeof like !== 'object' || like === null) return actual;
  if (Object.getPrototypeOf(actual) !== Object.prototype) return actual;
  const entries = Object.entries(actual).map(([name, one]) => [name, rounded(one, (like as never)[name])]);
  return Object.fromEntries(entries);
}

/** The code of anything thrown; undefined when it is none of Weir's, and so a defect of the stage. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code !== 'string' || !/^WEIR_[A-Z_]+$/.test(code) || code === 'WEIR_ASSERTION') return undefined;
  return code;
}

/** Runs what may throw a coded error and nothing else; undefined when it did. */
export function coded<T>(what: string, task: () => T): T | undefined {
  try {
    return task();
  } catch (error) {
    if (codeOf(error) === undefined) throw new ContractError(`${what} throws ${String(error)}`, { cause: error });
    return undefined;
  }
}

/** Freezes a value with all that is in it; instances of classes stay as they are. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
  return value;
}
