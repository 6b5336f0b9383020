import type { ListedAggregate } from './function.ts';
import { numberFunctions } from './number-functions.ts';
import { valueFunctions } from './value-functions.ts';

/** The aggregates by name. */
export const aggregates: ReadonlyMap<string, ListedAggregate> = new Map(
  [...numberFunctions, ...valueFunctions].map((fn) => [fn.name, fn]),
);
