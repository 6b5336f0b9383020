import type { AggregateFunction } from './function.ts';
import { numberFunctions } from './number-functions.ts';
import { valueFunctions } from './value-functions.ts';

/** The aggregates by name. */
export const aggregates: ReadonlyMap<string, AggregateFunction> = new Map(
  [...numberFunctions, ...valueFunctions].map((fn) => [fn.name, fn]),
);
