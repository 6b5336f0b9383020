import {
  type CodeScope,
  type Expression,
  eventTimeOf,
  type Projection,
  type RowProgram,
  toCondition,
  toJavaScript,
} from '#stage';
import { type WantedNames, WantedPaths } from './wanted.ts';

/**
 * What is to become of each record, as JavaScript over the local variables v0, v1, … that hold the wanted values. Code is
 * written anew for every function it stands in, since a scope's variables belong to one.
 */
export interface RecordCode {
  readonly wanted: WantedPaths;
  /** The slots that the filter reads; undefined without a filter. */
  readonly testSlots: readonly number[] | undefined;
  /** True where the filter lets the record pass. */
  condition(scope: CodeScope): string;
  /** Event time, a number; undefined when the stream names none. */
  time(scope: CodeScope): string | undefined;
  /** The record that goes on. Uses `at` for what is known of it, `b`, `line` and `e`: the bytes that it came from, and `rows`. */
  row(scope: CodeScope): string;
}

/** With more values than this wanted of a line, JSON.parse makes them in less time. */
const MAX_SLOTS = 40;

/** The code of a program; undefined when the decoder cannot run it and the engine has to. */
export function recordCode(program: RowProgram): RecordCode | undefined {
  const { filter, time, select } = program;
  const all = [filter, time, ...(select?.expressions ?? [])].filter((each) => each !== undefined);
  if (!all.every((each) => each.node !== undefined) || readsClock(program)) return undefined;
  // The whole record is wanted: where a filter leaves records out, only the others are worth building.
  const whole = program.fields === undefined;
  if (whole && (filter === undefined || select !== undefined)) return undefined;
  const wanted = new WantedPaths([...(program.fields ?? []), ...all.flatMap((each) => each.fields)]);
  if (wanted.slots.length > MAX_SLOTS) return undefined;
  const place = {
    field(path: readonly string[]) {
      const slot = wanted.slotOf(path);
      return slot < 0 ? undefined : `v${slot}`;
    },
  };
  return {
    wanted,
    testSlots: filter && [...new Set(filter.fields.map((path) => wanted.slotHolding(path)))],
    condition: (scope) => (filter === undefined ? 'true' : toCondition(filter, scope, place)),
    time: (scope) => time && `${scope.constant(eventTimeOf)}(${toJavaScript(time, scope, place)})`,
    row(scope) {
      if (whole) return 'rows.row(b, line, e)';
      if (select === undefined) return nestedCode(wanted);
      return projectionCode(select, (expression) => toJavaScript(expression, scope, place));
    },
  };
}

/** Without an event time of the stream's own, `eventTime()` is the time of reading, which only the engine knows. */
function readsClock({ filter, time, select }: RowProgram): boolean {
  const early = [filter, time].some((each) => each !== undefined && calls(each, 'eventTime'));
  return early || (time === undefined && (select?.expressions ?? []).some((each) => calls(each, 'eventTime')));
}

function calls({ node }: Expression, name: string): boolean {
  return JSON.stringify(node).includes(`"name":"${name}"`);
}

function projectionCode({ names, expressions }: Projection, code: (expression: Expression) => string): string {
  return `({ ${names.map((name, i) => `${keyCode(name)}: ${code(expressions[i]!)}`).join(', ')} })`;
}

/** The wanted values alone, each at its path. */
function nestedCode(wanted: WantedPaths): string {
  const names = ({ all }: WantedNames): string =>
    `{ ${all.map(({ name, slot, below }) => `${keyCode(name)}: ${slot < 0 ? names(below) : `v${slot}`}`).join(', ')} }`;
  return `(${names(wanted.root)})`;
}

/** `__proto__` in an object literal would not be a field. */
function keyCode(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name);
}
