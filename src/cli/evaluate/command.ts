import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { parse } from 'yaml';
import { messageOf, WeirError } from '../../base/errors.ts';
import { nearest } from '../../expr/nearest.ts';
import { wholeOf } from '../option-values.ts';
import { type Asked, type Judged, judge } from './judge.ts';
import { reportOf } from './report.ts';
import { TASKS, type TaskName } from './tasks.ts';

/** Options of `weir evaluate`. */
export interface EvaluateOptions {
  target: string;
  task: string;
  learner?: string;
  features?: string;
  drop?: string;
  text?: string;
  set?: string[];
  delay?: string;
  skip?: string;
  season?: string;
  json?: boolean;
  plot?: string;
}

/** Points of a plot over the whole file. */
const POINTS = 240;

/** `weir evaluate FILE`: judges a learner on a file, row by row. Gives the exit code. */
export async function evaluateCommand(file: string, options: EvaluateOptions): Promise<number> {
  const asked = askedOf(file, options);
  const judged = await judge(asked);
  for (const { column, why } of judged.left) process.stderr.write(`left out: ${column} (${why})\n`);
  if (judged.refused !== undefined) process.stderr.write(`first dead letter: ${judged.refused}\n`);
  if (options.plot !== undefined) {
    const { plotOf } = await import('./plot.ts');
    await written(options.plot, plotOf(judged, basename(file)));
  }
  process.stdout.write(options.json ? `${JSON.stringify(jsonOf(file, judged))}\n` : reportOf(judged));
  return 0;
}

async function written(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `--plot: ${messageOf(error)}`);
  }
}

function askedOf(file: string, options: EvaluateOptions): Asked {
  const { target, learner, delay, skip, season, plot } = options;
  const names = Object.keys(TASKS);
  if (!names.includes(options.task)) {
    const meant = nearest(options.task, names);
    throw new WeirError(
      'WEIR_USAGE',
      `--task: '${options.task}' is none; ${meant ? `did you mean ${meant}?` : `there are ${names.join(', ')}`}`,
    );
  }
  const task = options.task as TaskName;
  if (delay !== undefined && task === 'anomaly') {
    throw new WeirError('WEIR_USAGE', '--delay: anomalies are found without labels, there is nothing to delay');
  }
  if (season !== undefined && task !== 'forecast') {
    throw new WeirError('WEIR_USAGE', '--season: only a forecast has one');
  }
  return {
    file,
    target,
    task,
    learner,
    features: listed(options.features),
    drop: listed(options.drop),
    text: listed(options.text),
    set: Object.fromEntries((options.set ?? []).map(setting)),
    ...(delay === undefined ? {} : { delay: whole('--delay', delay) }),
    ...(skip === undefined ? {} : { skip: whole('--skip', skip) }),
    ...(season === undefined ? {} : { season: whole('--season', season) }),
    points: plot === undefined ? 0 : POINTS,
  };
}

const listed = (text: string | undefined) => text?.split(',').map((name) => name.trim());

/** `name=value`, the value as in YAML. */
function setting(pair: string): [string, unknown] {
  const at = pair.indexOf('=');
  if (at < 1) throw new WeirError('WEIR_USAGE', `--set takes name=value, not '${pair}'`);
  try {
    return [pair.slice(0, at), parse(pair.slice(at + 1))];
  } catch (error) {
    throw new WeirError('WEIR_USAGE', `--set ${pair.slice(0, at)}: ${messageOf(error)}`);
  }
}

function whole(option: string, text: string): number {
  return wholeOf(option, text, { least: 0, most: 1e6, words: 'from 0 to 1000000' });
}

function jsonOf(file: string, judged: Judged): object {
  const { task, target, learner, features, text, left, deadLetters, seconds, scores, alarms, open } = judged;
  const { final: _, rolling: __, alarms: ___, ...told } = scores;
  const rowsPerSecond = Math.round((judged.rows + judged.unscored) / seconds);
  return {
    file,
    task,
    target,
    learner,
    features,
    text,
    left,
    deadLetters,
    seconds,
    rowsPerSecond,
    ...told,
    alarms,
    open,
  };
}
