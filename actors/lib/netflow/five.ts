import { elementOf } from './elements.ts';
import type { Template } from './templates.ts';

/** Number and length of the fields of a flow of NetFlow 5; 210 is padding. */
const FIELDS: readonly (readonly [number, number])[] = [
  [8, 4],
  [12, 4],
  [15, 4],
  [10, 2],
  [14, 2],
  [2, 4],
  [1, 4],
  [22, 4],
  [21, 4],
  [7, 2],
  [11, 2],
  [210, 1],
  [6, 1],
  [4, 1],
  [5, 1],
  [16, 2],
  [17, 2],
  [9, 1],
  [13, 1],
  [210, 2],
];

/** Flows of NetFlow 5, as a template would say it. */
export const FIVE: Template = {
  fields: FIELDS.map(([id, length]) => ({ element: elementOf(id, 0, length), length })),
  scopes: 0,
  isOptions: false,
  least: FIELDS.reduce((sum, [, length]) => sum + length, 0),
};
