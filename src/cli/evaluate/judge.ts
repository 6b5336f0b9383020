import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WeirError } from '../../base/errors.ts';
import { nearest } from '../../expr/nearest.ts';
import type { OperatorDefinition } from '../../stage/definition.ts';
import type { Row } from '../../stage/row.ts';
import { checkText } from '../../topology/check.ts';
import { topologyError } from '../../topology/issue.ts';
import { builtIn } from '../../topology/registry.ts';
import { type ColumnsAsked, columnsOf } from './columns.ts';
import { runRows } from './run-rows.ts';
import { type Sample, sampleOf } from './sample.ts';
import { TASKS, type TaskName } from './tasks.ts';

/** What is to be judged. */
export interface Asked extends Omit<ColumnsAsked, 'target'> {
  file: string;
  target: string;
  task: TaskName;
  learner?: string | undefined;
  /** Options of the learner. */
  set?: Record<string, unknown>;
  /** Fields that are computed first, by expressions. */
  extend?: Record<string, string> | undefined;
  /** Rows that come between a prediction and its label. */
  delay?: number;
  skip?: number;
  season?: number;
  /** Outputs wanted over the whole file, with scores of a part of it each; 0 for the last one only. */
  points?: number;
  /** 0 for the calling thread. */
  threads?: number;
}

/** How well a learner has done. */
export interface Judged {
  task: TaskName;
  learner: string;
  target: string;
  features: string[];
  text: string[];
  left: { column: string; why: string }[];
  /** Rows scored, and not: those without an answer or a label. */
  rows: number;
  unscored: number;
  deadLetters: number;
  /** Why the first dead letter is one. */
  refused: string | undefined;
  seconds: number;
  /** Of rows without a target: how many, and the first predictions. */
  open: { rows: number; predictions: unknown[] };
  /** Of the operator `evaluate`, at the end. */
  scores: Row;
  /** All its outputs, the last among them. */
  points: Row[];
  /** Rows over which the rolling scores of a point go. */
  window: number;
  /** Rows at which losses had risen for good. */
  alarms: number[];
}

/**
 * Lets a learner predict each row of a file before it learns it, in a topology of its own, and scores it. Throws `WEIR_USAGE`,
 * `WEIR_UNKNOWN_STAGE`, `WEIR_TOPOLOGY`, and `WEIR_UNSCORED` when no row could be judged.
 */
export async function judge(asked: Asked): Promise<Judged> {
  const sample = await sampleOf(asked.file);
  const learner = asked.learner ?? TASKS[asked.task].learner;
  const definition = await learnerOf(asked.task, asked.learner);
  const known = [...new Set([...sample.columns, ...Object.keys(asked.extend ?? {})])];
  const columns = columnsOf(sample.rows, known, asked, 'text' in definition.options);
  const given = learnerOptions(asked, { ...columns, known }, definition);
  const window = Math.min(10_000, Math.max(50, Math.round(sample.about / 20)));
  const { points = 0 } = asked;
  const steps = [
    ...(asked.extend === undefined ? [] : [{ extend: asked.extend }]),
    ...(asked.delay ? [{ repeat: { after: asked.delay } }] : []),
    { [learner]: given },
    ...(asked.delay ? [{ where: '!repeated' }] : []),
  ];
  const evaluate = {
    ...scoring(asked, sample, definition, given),
    every: points === 0 ? 2 ** 40 : Math.max(1, Math.round(sample.about / points)),
    window: points === 0 ? 0 : window,
  };
  const [[codec, options]] = Object.entries(sample.codec) as [[string, Record<string, unknown>]];
  const source = { file: { path: resolve(asked.file), codec: { [codec]: options } } };
  const as = 'target' in definition.options ? (given.as ?? definition.options.as?.default) : undefined;
  // What is predicted of rows whose target is not known.
  const open = [{ where: `${fieldOf(asked.target)} == null` }, { select: { open: fieldOf(String(as)) } }];
  const streams = {
    rows: { source, do: steps },
    scored: { from: 'rows', do: [{ evaluate }], to: 'stdout' },
    ...(as === undefined ? {} : { open: { from: 'rows', do: open, to: 'stdout' } }),
  };
  const value = { name: 'evaluate', streams };
  const { graph, issues } = await checkText(JSON.stringify(value), {
    file: 'weir evaluate',
    base: pathToFileURL('./').href,
  });
  if (graph === undefined) throw topologyError(issues);
  const { rows, deadLetters, refused, seconds, open: unknown } = await runRows(graph, asked.threads ?? 1);
  const scores = rows.at(-1);
  if (scores === undefined || scores.rows === 0) {
    throw new WeirError('WEIR_UNSCORED', `no row of ${asked.file} could be judged${refused ? `: ${refused}` : ''}`);
  }
  return {
    task: asked.task,
    learner,
    target: asked.target,
    ...columns,
    rows: scores.rows as number,
    unscored: scores.unscored as number,
    deadLetters,
    refused,
    seconds,
    open: unknown,
    scores,
    points: rows,
    window,
    alarms: rows.flatMap((row) => row.alarms as number[]),
  };
}

async function learnerOf(task: TaskName, named: string | undefined): Promise<OperatorDefinition> {
  const all = builtIn.list('operator').filter(({ folder }) => folder === 'learners');
  const names = all.map(({ name }) => name);
  const name = named ?? TASKS[task].learner;
  if (names.includes(name)) {
    const definition = await builtIn.load('operator', name);
    if (TASKS[task].fits(definition.options)) return definition;
    const advice = `--task ${task} takes one such as ${TASKS[task].learner}`;
    throw new WeirError('WEIR_USAGE', `--learner: ${name} does not predict what ${task} asks for: ${advice}`);
  }
  const meant = nearest(name, names);
  if (named !== undefined) {
    throw new WeirError('WEIR_USAGE', `there is no learner '${name}'${meant ? `; did you mean ${meant}?` : ''}`);
  }
  throw new WeirError(
    'WEIR_UNKNOWN_STAGE',
    `${name}, by which ${task} is judged when no learner is named, is not there; name one by --learner: ${names.join(', ')}`,
  );
}

/** Options that name a field which a learner adds. */
const ADDED = ['as', 'probabilities', 'score', 'best', 'distance', 'error'];

/** Options of a learner that are not to be set: they follow from what is asked. */
const CHOSEN = new Set([
  'target',
  'rating',
  'of',
  'user',
  'item',
  'features',
  'drop',
  'text',
  'as',
  'learn',
  'from',
  'serve',
]);

/** A learner says itself what it takes: a target, features, text, or user and item. */
function learnerOptions(
  { set = {}, ...asked }: Asked,
  columns: { features: string[]; text: string[]; known: string[] },
  { options }: OperatorDefinition,
): Record<string, unknown> {
  for (const name of Object.keys(set)) {
    if (CHOSEN.has(name))
      throw new WeirError('WEIR_USAGE', `--set: ${name} follows from --target, --features, --text and --delay`);
    if (name in options) continue;
    const meant = nearest(name, Object.keys(options));
    throw new WeirError(
      'WEIR_USAGE',
      `--set: the learner has no option '${name}'${meant ? `; did you mean ${meant}?` : ''}`,
    );
  }
  const made: Record<string, unknown> = {};
  const known = ['target', 'rating'].find((name) => name in options);
  if (known !== undefined) made[known] = fieldOf(asked.target);
  else if (asked.task === 'forecast' && 'of' in options) made.of = fieldOf(asked.target);
  const { features, text } = columns;
  if ('user' in options && 'item' in options) {
    const [user, item] = asked.features ?? ['user', 'item'];
    const there = [user, item].every((name) => name !== undefined && columns.known.includes(name));
    if (!there) throw new WeirError('WEIR_USAGE', '--features: name the columns of user and item, as user,item');
    Object.assign(made, { user: fieldOf(user as string), item: fieldOf(item as string) });
  } else if ('features' in options && (asked.task !== 'forecast' || asked.features !== undefined)) {
    // A learner of text alone: an empty list of features would be no list.
    if (features.length > 0) made.features = Object.fromEntries(features.map((name) => [name, fieldOf(name)]));
    else if ('drop' in options)
      made.drop = columns.known.filter((name) => name !== asked.target && !text.includes(name));
  }
  if (text.length > 0) made.text = text;
  if (asked.season !== undefined && 'season' in options) made.season = asked.season;
  if (asked.delay && 'learn' in options) made.learn = 'repeated';
  return { ...outOfTheWay(options, columns.known), ...made, ...set };
}

/** Other names for what a learner adds to a row, where the file has a column of that name. */
function outOfTheWay(options: OperatorDefinition['options'], known: readonly string[]): Record<string, string> {
  const made: Record<string, string> = {};
  for (const option of ADDED) {
    const name = options[option]?.default;
    if (typeof name !== 'string' || !known.includes(name)) continue;
    let other = `learner ${name}`;
    while (known.includes(other)) other = `learner ${other}`;
    made[option] = other;
  }
  return made;
}

/** Options of `evaluate`: rows before a first answer count as in the comparisons of docs/learners.md. */
function scoring(
  { task, target, skip, season }: Asked,
  { rows }: Sample,
  { options }: OperatorDefinition,
  given: Record<string, unknown>,
): object {
  const option = task === 'anomaly' ? 'score' : 'as';
  const as = given[option] ?? options[option]?.default;
  const made: Record<string, unknown> = { task, target: fieldOf(target) };
  if (typeof as === 'string') made.of = as;
  if (typeof given.probabilities === 'string') made.probabilities = given.probabilities;
  if (skip !== undefined) made.skip = skip;
  if (season !== undefined) made.season = season;
  const { unanswered } = TASKS[task];
  if (unanswered === 'zero') made.fallback = 0;
  if (unanswered === 'first class') {
    const classes = [...new Set(rows.map((row) => row[target] ?? null))].filter((one) => one !== null);
    const [first] = classes.sort((a, b) => (String(a) < String(b) ? -1 : 1));
    if (first !== undefined) made.fallback = first;
  }
  return made;
}

const fieldOf = (name: string): string => `field(${JSON.stringify(name)})`;
