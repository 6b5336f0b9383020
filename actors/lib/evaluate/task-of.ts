import { type Expression, WeirError } from '#stage';
import type { Label } from '../learn/labels.ts';
import { AnomalyTask } from './anomaly-task.ts';
import { ClassTask } from './class-task.ts';
import { ForecastTask } from './forecast-task.ts';
import type { Task } from './judge.ts';
import { NumberTask } from './number-task.ts';

const LABELS = ['string', 'number', 'boolean'];

/** What `evaluate` is told of a task. */
interface TaskOptions {
  task: 'regression' | 'binary' | 'multiclass' | 'anomaly' | 'ratings' | 'forecast';
  target: Expression;
  of: string;
  probabilities: string;
  season: number;
  ranked: number;
  fallback: unknown;
}

/** How a task is judged. Throws `WEIR_OPTION` where `fallback` is no prediction of the task. */
export function taskOf({ task, target, of, probabilities, season, ranked, fallback }: TaskOptions): Task {
  if (task === 'binary' || task === 'multiclass') {
    const binary = task === 'binary';
    return new ClassTask({
      target,
      of,
      probabilities,
      binary,
      ranked,
      fallback: fallbackOf(fallback, LABELS) as Label,
    });
  }
  if (task === 'forecast') {
    if (fallback !== undefined) throw new WeirError('WEIR_OPTION', 'a forecast has no fallback');
    return new ForecastTask({ target, of, season });
  }
  const number = fallbackOf(fallback, ['number']) as number | undefined;
  if (task === 'anomaly') return new AnomalyTask({ target, of, fallback: number, ranked });
  return new NumberTask({ target, of, fallback: number, by: task === 'ratings' ? 'rmse' : 'mae' });
}

function fallbackOf(value: unknown, types: readonly string[]): unknown {
  if (value === undefined || value === null) return undefined;
  if (types.includes(typeof value)) return value;
  throw new WeirError('WEIR_OPTION', `fallback is a ${typeof value} and no ${types.join(' or ')}`);
}
