import type { SimResult } from './simulate.ts';

/** The sums over many runs. */
export class Tally {
  runs = 0;
  steps = 0;
  checkpoints = 0;
  failed = 0;
  readonly #struck = new Map<string, number>();

  add({ steps, checkpoints, struck, failure }: SimResult): void {
    this.runs++;
    this.steps += steps;
    this.checkpoints += checkpoints;
    if (failure !== undefined) this.failed++;
    for (const { kind } of struck) this.#struck.set(kind, (this.#struck.get(kind) ?? 0) + 1);
  }

  /** `300 runs, 397132 steps, 2010 checkpoints, 417 faults (72 stop, 65 disk, …)`. */
  toString(): string {
    const kinds = [...this.#struck].sort(([, a], [, b]) => b - a);
    const faults = kinds.reduce((sum, [, count]) => sum + count, 0);
    const each = kinds.map(([kind, count]) => `${count} ${kind}`).join(', ');
    const counted = [`${this.runs} runs`, `${this.steps} steps`, `${this.checkpoints} checkpoints`];
    return `${counted.join(', ')}, ${faults} faults${faults > 0 ? ` (${each})` : ''}`;
  }
}

/** What is told of a run that failed, in one line: the seed, the step, what broke, and how to see it again. */
export function failureLine(spec: string, { failure }: SimResult): string {
  const what = failure?.what.replaceAll('\n', ' ');
  return `FAILED seed ${spec} at step ${failure?.step}: ${what}; again: weir sim ${spec}`;
}
