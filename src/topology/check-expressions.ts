import { WeirError } from '../base/errors.ts';
import { childrenOf, type Node } from '../expr/node.ts';
import { checkTypes, hintFor, mayEqual } from '../expr/types.ts';
import type { OperatorDefinition, SinkDefinition } from '../stage/definition.ts';
import { aggregateSites, checkAggregateTypes, type ExpressionSite, expressionSites } from './expression-sites.ts';
import { NOTHING, OWN, outsideOf, ownOf, type Stand, seenBy, typesIn } from './known-fields.ts';
import { matchOf } from './leaf-values.ts';
import { fieldAt as optionAt, optionFields, optionPath } from './option-values.ts';
import type { Path } from './places.ts';
import type { PreparedStage } from './prepare.ts';
import type { Reading } from './read-draft.ts';
import { fieldAt, nearestField, type RecordSchema, typeOfField } from './record-schema.ts';
import { shapeOf } from './shape.ts';

/** Where an expression stands: in which stage, and of which stream its records are. */
interface Where {
  stream: string;
  stage: Pick<PreparedStage, 'options' | 'draft'>;
}

/** Checks the expressions of a stage against what is known of the records that each is about. */
export function checkExpressions(stand: Stand, where: Where, reading: Reading): void {
  const { definition, options, values, inputs } = stand;
  const fields = optionFields(definition);
  const read = readBy(definition, options);
  /** The records that an expression is about; undefined where nobody can say. */
  const about = (path: Path, expression?: Node): RecordSchema | undefined => {
    const seen = seenBy(String(path[0]), stand);
    if (seen !== undefined) return seen;
    // A stage that reads other streams too, and does not say it, may mean any of them.
    if (inputs.size > 1) return undefined;
    const all = read === 'all' || expression === undefined || pathsOf(expression).every(read);
    return all ? ownOf(stand).schema : undefined;
  };
  const faulty = new Set<string>();
  for (const site of expressionSites(fields, values)) {
    const schema = about(site.path, site.node);
    if (schema === undefined) continue;
    if (!checkExpression(site, schema, where, reading)) faulty.add(site.path.join('\n'));
    else if (optionAt(fields, site.path.slice(0, 1))?.kind === 'key') checkKey(site, schema, where, reading);
  }
  for (const { text, path } of aggregateSites(fields, values)) {
    const inside = about(path);
    if (inside === undefined || faulty.has(path.join('\n'))) continue;
    const types = { inside: typesIn(inside), outside: typesIn(outsideOf(ownOf(stand))) };
    tell(path, where, reading, () => checkAggregateTypes(text, types));
  }
  checkMatches(stand, where, reading);
}

/** Checks an expression: first that there are its fields, and where there are, its types. True if nothing is wrong. */
export function checkExpression(
  { text, node, path }: ExpressionSite,
  schema: RecordSchema,
  where: Where,
  reading: Reading,
): boolean {
  const { stream, stage } = where;
  const { issues, parameters } = reading;
  const written = optionPath(stage.options, path);
  if (parameters.blocked(written)) return true;
  let missing = false;
  const visit = (each: Node): void => {
    if (each.kind === 'field' && fieldAt(schema, each.path) === undefined) {
      missing = true;
      const near = nearestField(schema, each.path);
      const message = `${stage.draft.stage} reads ${each.path.join('.')}, which records of stream ${stream} do not have here`;
      const place = parameters.place(written, each.column - 1);
      const hints = near ? { didYouMean: near } : { expected: [...schema.fields.keys()].join(', ') };
      issues.error('WEIR_FIELD', place, message, hints);
    }
    childrenOf(each).forEach(visit);
  };
  visit(node);
  return !missing && tell(path, where, reading, () => checkTypes(text, node, typesIn(schema)));
}

/** Tells what a check of types throws; true if it throws nothing. */
function tell(path: Path, { stage }: Where, { issues, parameters }: Reading, check: () => void): boolean {
  const written = optionPath(stage.options, path);
  if (parameters.blocked(written)) return true;
  try {
    check();
    return true;
  } catch (error) {
    if (!(error instanceof WeirError)) throw error;
    const { column, expected } = error.data as { column: number; expected?: string };
    const what = error.message.split('; ')[0]?.replace(/ \(column \d+ of .*$/s, '');
    issues.error('WEIR_TYPE', parameters.place(written, column - 1), `${stage.draft.stage}: ${what}`, { expected });
    return false;
  }
}

/** A key is a scalar: of a list or an object every record would be refused. True if it is none. */
function checkKey({ node, path }: ExpressionSite, schema: RecordSchema, { stage }: Where, reading: Reading): boolean {
  const type = typeOfField(shapeOf(node, schema));
  if (type !== 'list' && type !== 'object') return true;
  const place = reading.parameters.place(optionPath(stage.options, path), node.column - 1);
  const expected = 'text, a number, true or false; for a whole value toJson(x)';
  reading.issues.error('WEIR_TYPE', place, `${stage.draft.stage}: a ${type} is no key`, { expected });
  return false;
}

/** What must be equal of a record and one of the other stream: each side is about its own. */
function checkMatches(stand: Stand, where: Where, reading: Reading): void {
  const { definition, values, inputs } = stand;
  const others = [...inputs.keys()].filter((name) => name !== OWN);
  // Of several others nobody says which one a match is with.
  const other = others.length === 1 ? (others[0] as string) : undefined;
  const right = other === undefined ? undefined : (inputs.get(other) ?? NOTHING).schema;
  for (const [name, field] of Object.entries(definition.options)) {
    const written = values[name];
    if ((field as { kind: string }).kind !== 'match' || written === undefined) continue;
    const texts: [unknown, Path][] = Array.isArray(written)
      ? written.map((text, i) => [text, [name, i]])
      : [[written, [name]]];
    for (const [text, path] of texts) {
      const match = matchOf(text);
      match.left.expressions.forEach((one, i) => {
        const site = { text: one.text, node: one.node, path };
        const own = ownOf(stand).schema;
        const isRight = checkExpression(site, own, where, reading);
        if (right === undefined) return;
        const of = match.right.expressions[i] as typeof one;
        const otherSite = { text: of.text, node: of.node, path };
        const stream = String(values[other as string]);
        if (!checkExpression(otherSite, right, { ...where, stream }, reading) || !isRight) return;
        const leftType = typeOfField(shapeOf(one.node, own));
        const rightType = typeOfField(shapeOf(of.node, right));
        const noKey = [checkKey(site, own, where, reading), checkKey(otherSite, right, where, reading)].includes(false);
        if (noKey || mayEqual(leftType, rightType)) return;
        const place = reading.parameters.place(optionPath(where.stage.options, path), of.node.column - 1);
        const what = `a ${leftType} of this stream never equals a ${rightType} of the other`;
        const expected = hintFor(leftType, rightType);
        reading.issues.error('WEIR_TYPE', place, `${where.stage.draft.stage}: ${what}`, { expected });
      });
    }
  }
}

/** Which field paths a stage reads of the records that come to it, as far as it says so. */
function readBy(definition: OperatorDefinition | SinkDefinition, options: unknown) {
  if (definition.kind === 'sink') return 'all';
  if (definition.relational?.(options as never) !== undefined) return 'all';
  const reads = definition.reads?.(options as never) ?? 'all';
  const paths = new Set(reads === 'all' ? [] : reads.map((path) => path.join('\n')));
  return reads === 'all' ? 'all' : (path: readonly string[]) => paths.has(path.join('\n'));
}

/** Every field that an expression reads. */
function pathsOf(node: Node): (readonly string[])[] {
  return node.kind === 'field' ? [node.path] : childrenOf(node).flatMap(pathsOf);
}
