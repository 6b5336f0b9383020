import type { OperatorDefinition } from '../../stage/definition.ts';
import type { Row } from '../../stage/row.ts';
import { type Known, knownAside, knownBehind, OWN, type Stand } from '../../topology/known-fields.ts';
import { materializeSync } from '../../topology/options.ts';
import { type FieldSchema, type RecordSchema, recordOf } from '../../topology/record-schema.ts';
import { eitherRecord } from '../../topology/shape.ts';
import { type Check, demand } from './check.ts';
import { play } from './play.ts';
import { type Workload, workloadsOf } from './workload.ts';

/** What `weir check` would take for known behind an operator is so, for the records of its examples. */
export const typesAreSo: Check<OperatorDefinition<any>> = {
  name: 'its types are so',
  run({ definition, quick }) {
    for (const workload of workloadsOf(definition, quick)) {
      const stand = standOf(definition, workload);
      const { out, sides, late } = play(definition, workload);
      const behind = knownBehind(stand).schema;
      for (const { row } of out) demandFit(row, behind, workload.title);
      for (const { name, row } of sides) demandFit(row, knownAside(name, stand).schema, `${workload.title}: ${name}`);
      for (const { row } of late) demandFit(row, knownAside('late', stand).schema, `${workload.title}: late`);
    }
  },
};

function standOf(definition: OperatorDefinition<any>, { options: values, steps, keyNames }: Workload): Stand {
  const rows = steps.flatMap((step) => ('row' in step ? [step] : []));
  const options = materializeSync(definition.options, values);
  const of = (input: string | undefined): Known => {
    const own = rows.filter((step) => step.input === input);
    const keyTypes = new Map(keyNames.map((name) => [name, 'unknown'] as const));
    return { keyNames, keyTypes, schema: eitherRecord([recordOf([]), ...own.map(({ row }) => schemaOf(row))]) };
  };
  const others = Object.keys(definition.others?.(options) ?? {});
  return {
    definition,
    options,
    values,
    inputs: new Map([[OWN, of(undefined)], ...others.map((name) => [name, of(name)] as const)]),
  };
}

function schemaOf(row: Row): RecordSchema {
  return recordOf(Object.entries(row).map(([name, value]) => [name, shapeOfValue(value)] as const));
}

function shapeOfValue(value: unknown): FieldSchema {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'list';
  if (typeof value === 'number') return 'number';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'boolean') return 'bool';
  return isPlain(value) ? schemaOf(value) : 'unknown';
}

function demandFit(row: Row, schema: RecordSchema, title: string): void {
  for (const [name, value] of Object.entries(row)) {
    const known = schema.fields.get(name);
    demand(known !== undefined || schema.open, `${title}: nothing says that the records have a field ${name}`);
    if (known === undefined || value === null || value === undefined) continue;
    if (typeof known !== 'string') {
      demand(isPlain(value), `${title}: ${name} is to be a record, not ${typeof value}`);
      demandFit(value, known, `${title}: ${name}`);
    } else demand(isOf(value, known), `${title}: ${name} is to be of type ${known}, not ${typeof value}`);
  }
}

function isOf(value: unknown, type: Exclude<FieldSchema, RecordSchema>): boolean {
  switch (type) {
    case 'unknown':
      return true;
    case 'number':
    case 'time':
      return typeof value === 'number' || typeof value === 'bigint';
    case 'text':
      return typeof value === 'string';
    case 'bool':
      return typeof value === 'boolean';
    case 'list':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && !Array.isArray(value);
    case 'null':
      return false;
  }
}

function isPlain(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
