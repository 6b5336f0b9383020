import type { Expression } from '../expr/expression.ts';
import type { KeySpec, Projection } from '../stage/field.ts';
import { keyFunction } from '../stage/key.ts';
import type { At, Key, Row } from '../stage/row.ts';
import type { Consumer, ErrorHandler } from './consumer.ts';
import type { Counters } from './counters.ts';

/** The parts that a relational node is made of. */
export interface Place {
  readonly at: At;
  readonly next: Consumer;
  readonly errors: ErrorHandler;
  readonly counters: Counters;
}

/** Lets records pass for which the condition is true. */
export function filterNode(condition: Expression, { at, next, errors, counters }: Place): Consumer {
  return {
    push(row) {
      counters.in++;
      let passes: unknown;
      try {
        passes = condition.evaluate(row, at);
      } catch (error) {
        errors.failed(row, error);
        return;
      }
      if (!passes) return;
      counters.out++;
      next.push(row);
    },
  };
}

/** Makes a new record of computed fields. */
export function projectNode(project: (row: Row, at: At) => Row, { at, next, errors, counters }: Place): Consumer {
  return {
    push(row) {
      counters.in++;
      let made: Row;
      try {
        made = project(row, at);
      } catch (error) {
        errors.failed(row, error);
        return;
      }
      counters.out++;
      next.push(made);
    },
  };
}

/** Gives records a key for the stages that follow. */
export function keyNode(spec: KeySpec, { at, next, errors, counters }: Place): Consumer {
  const keyOf = keyFunction(spec);
  return {
    push(row) {
      counters.in++;
      const before = at.key;
      let key: Key;
      try {
        key = keyOf(row, at);
      } catch (error) {
        errors.failed(row, error);
        return;
      }
      counters.out++;
      at.key = key;
      next.push(row);
      at.key = before;
    },
  };
}

/** A projection as one function of a fixed shape. */
export function projector({ names, expressions }: Projection): (row: Row, at: At) => Row {
  const body = names.map((name, i) => `${JSON.stringify(name)}: e[${i}].evaluate(row, at)`).join(', ');
  const make = new Function('e', `return (row, at) => ({ ${body} });`) as (
    e: readonly Expression[],
  ) => (row: Row, at: At) => Row;
  return make(expressions);
}
