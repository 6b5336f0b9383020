import { assert, messageOf, toErrorData, WeirError } from '../../base/errors.ts';
import { hush, plainOf } from '../../base/plain.ts';
import type { At } from '../../stage/row.ts';
import { isModuleName } from '../module-name.ts';
import type { AggregateFunction, FindAggregate } from './function.ts';
import { aggregates } from './functions.ts';
import type { Unit } from './unit.ts';

/**
 * An aggregate of the user's own. It is called with the values of one group's records in any order, nulls left out, and in
 * parts that are merged; the result must not depend on how. Nothing may be async. What throws is `WEIR_AGGREGATE` unless it
 * has a code of its own; an `add` or `remove` that throws must leave the accumulator as it was.
 */
export interface UserAggregate<A extends object = any, V = any> {
  /** An accumulator of no records: an object or list of its own, of msgpack-able values, not a Map, unless there is `encode`. */
  create(): A;
  /** Adds a value, by changing the accumulator; what it returns is not looked at. `at` is overwritten for the next record. */
  add(accumulator: A, value: V, at: At): void;
  /** Adds all that another has seen, and leaves that as it is. */
  merge(into: A, other: A): void;
  /** What is given out. It must not change the accumulator. */
  result(accumulator: A): unknown;
  /** Takes back a value that was added. Only needed where the input takes records back. */
  remove?(accumulator: A, value: V, at: At): void;
  /** What is stored of the accumulator, msgpack-able, and the accumulator again of that. */
  encode?(accumulator: A): unknown;
  decode?(stored: any): A;
}

const NEEDED = ['create', 'add', 'merge', 'result'] as const;
const OPTIONAL = ['remove', 'encode', 'decode'] as const;

/** What is wrong with a value as an aggregate; undefined if nothing is. */
export function faultOfAggregate(value: unknown): string | undefined {
  const of = (value ?? {}) as Record<string, unknown>;
  const missing = NEEDED.filter((name) => typeof of[name] !== 'function');
  if (missing.length === NEEDED.length) return 'it is not an object with create, add, merge and result';
  if (missing.length > 0) return `it has no ${missing.join(' and no ')}`;
  const wrong = OPTIONAL.find((name) => of[name] !== undefined && typeof of[name] !== 'function');
  if (wrong) return `its ${wrong} is not a function`;
  if ((of.encode === undefined) !== (of.decode === undefined)) return 'it has only one of encode and decode';
  const isAsync = [...NEEDED, ...OPTIONAL].find((name) => of[name]?.constructor.name === 'AsyncFunction');
  if (isAsync) return `its ${isAsync} is async`;
  const { create } = of as unknown as UserAggregate;
  try {
    const accumulator: unknown = create.call(value);
    if (typeof accumulator !== 'object' || accumulator === null) return 'its create does not return an object';
    if (accumulator instanceof Map && !of.encode) return 'its accumulator is a Map, which needs encode and decode';
    return accumulator === create.call(value) ? 'its create returns the same object twice' : undefined;
  } catch (error) {
    return `its create throws: ${messageOf(error)}`;
  }
}

/** Finds the aggregates of the language and, by the names of modules, those of the user; `constants` are what these need. */
export function userAggregates(modules: ReadonlyMap<string, UserAggregate> = new Map()): {
  find: FindAggregate;
  constants: Record<string, unknown>;
} {
  const found = new Map<string, AggregateFunction>();
  const constants: Record<string, unknown> = {};
  const find: FindAggregate = (name) => {
    if (!isModuleName(name)) return aggregates.get(name);
    let fn = found.get(name);
    if (!fn) {
      const constant = `$u${found.size}`;
      const user = modules.get(name);
      constants[constant] = user ? watched(name, user) : notLoaded(name);
      fn = functionOf(name, constant, user === undefined || user.remove !== undefined);
      found.set(name, fn);
    }
    return fn;
  };
  return { find, constants };
}

function functionOf(name: string, constant: string, removes: boolean): AggregateFunction {
  const unit: Unit = {
    mayThrow: true,
    slots: [`${constant}.create()`],
    add: ([s], v) => `${constant}.add(${s}, ${v}, at);`,
    merge: ([s], [o]) => `${constant}.merge(${s}, ${o});`,
    encode: (s) => `${constant}.encode(${s})`,
    decode: (s) => `${constant}.decode(${s})`,
    remove: ([s], v) => `${constant}.remove(${s}, ${v}, at);`,
  };
  return {
    name,
    signature: `${name}(value: any): unknown`,
    value: 'needed',
    takes: 'anything',
    units: [unit],
    result: 'unknown',
    code: (slots) => `${constant}.result(${slots(unit)[0]})`,
    ...(removes ? {} : { retractable: 'its module has no remove' }),
  };
}

/** The same with errors that say whose they are. */
function watched(name: string, user: UserAggregate): Required<UserAggregate> {
  const watch = <T>(what: string, call: () => T): T => {
    try {
      return call();
    } catch (error) {
      const code = toErrorData(error).code ?? 'WEIR_AGGREGATE';
      throw new WeirError(code, `${name}: ${what} failed: ${messageOf(error)}`, {
        cause: error,
        data: { aggregate: name },
      });
    }
  };
  return {
    create: () => watch('create', () => user.create()),
    add: (accumulator, value, at) => watch('add', () => user.add(accumulator, value, at)),
    merge: (into, other) => watch('merge', () => user.merge(into, other)),
    result: (accumulator) => watch('result', () => settled(user.result(accumulator))),
    remove: (accumulator, value, at) => watch('remove', () => user.remove!(accumulator, value, at)),
    encode: (accumulator) => (user.encode ? watch('encode', () => user.encode!(accumulator)) : accumulator),
    decode: (stored) => (user.decode ? watch('decode', () => user.decode!(stored)) : stored),
  };
}

function settled(value: unknown): unknown {
  const isPromise = typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
  if (isPromise || typeof value === 'function') {
    hush(value);
    throw new Error(`it returned a ${isPromise ? 'promise' : 'function'}: it must give its result at once`);
  }
  return plainOf(value ?? null);
}

function notLoaded(name: string): Required<UserAggregate> {
  const fail = (): any => assert(false, `the module ${name} was loaded before its aggregate was used`);
  return { create: fail, add: fail, merge: fail, result: fail, remove: fail, encode: fail, decode: fail };
}
