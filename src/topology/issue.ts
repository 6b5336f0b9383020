import { WeirError } from '../base/errors.ts';
import type { Place } from './graph.ts';

/** One fault of a topology, or a warning: what is wrong, where it is written and what to write instead. */
export interface Issue {
  /** Stable: `WEIR_OPTION`, `WEIR_UNKNOWN_STAGE`, `WEIR_EXPRESSION`, … */
  code: string;
  severity: 'error' | 'warning';
  message: string;
  /** What would be right there: `a duration such as 5s`. */
  expected?: string;
  /** The known name that was probably meant. */
  didYouMean?: string;
  place: Place;
}

/** What an {@link Issues} takes beside code, place and message. */
export interface IssueHints {
  expected?: string | undefined;
  didYouMean?: string | undefined;
}

/** Gathers the faults of a whole topology, so that all are told at once. */
export class Issues {
  readonly #list: Issue[] = [];

  error(code: string, place: Place, message: string, hints: IssueHints = {}): void {
    this.#add(code, 'error', place, message, hints);
  }

  warn(code: string, place: Place, message: string, hints: IssueHints = {}): void {
    this.#add(code, 'warning', place, message, hints);
  }

  /** True when at least one is an error. */
  get failed(): boolean {
    return this.#list.some((issue) => issue.severity === 'error');
  }

  get count(): number {
    return this.#list.length;
  }

  /** All of them, in the order of the text. */
  sorted(): Issue[] {
    const by = (a: Issue, b: Issue) => a.place.line - b.place.line || a.place.column - b.place.column;
    return [...this.#list].sort(by);
  }

  #add(code: string, severity: Issue['severity'], place: Place, message: string, hints: IssueHints): void {
    const { expected, didYouMean } = hints;
    this.#list.push({
      code,
      severity,
      message,
      ...(expected ? { expected } : {}),
      ...(didYouMean ? { didYouMean } : {}),
      place,
    });
  }
}

/** `monitor.yaml:12:9  unknown option 'siz' of tumbling (did you mean size?)` */
export function formatIssue(issue: Issue): string {
  const { file, line, column } = issue.place;
  const hints = [
    ...(issue.expected ? [`expected ${issue.expected}`] : []),
    ...(issue.didYouMean ? [`did you mean ${issue.didYouMean}?`] : []),
  ];
  const advice = hints.length === 0 ? '' : ` (${hints.join('; ')})`;
  const warning = issue.severity === 'warning' ? 'warning: ' : '';
  return `${file}:${line}:${column}  ${warning}${issue.message}${advice}`;
}

/** The error that a topology with faults ends in: `WEIR_TOPOLOGY`, all its issues in the message and under `data.issues`. */
export function topologyError(issues: readonly Issue[]): WeirError {
  const errors = issues.filter((issue) => issue.severity === 'error');
  return new WeirError('WEIR_TOPOLOGY', errors.map(formatIssue).join('\n'), { data: { issues: errors } });
}
