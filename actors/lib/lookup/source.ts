import type { At, Row } from '#stage';
import type { Answer, Question } from './answer-line.ts';

/** What a lookup asks about each record. */
export interface LookupSource {
  /** Throws for a record that nothing can be asked for. */
  questionOf(row: Row, at: At): Question;
  close(): void;
}

const NOTHING: Question = () => ({ found: null });

/** Asks about what is there; null, here undefined, asks for nothing. */
export function asking<T>(about: T | undefined, ask: (about: T) => Answer | Promise<Answer>): Question {
  return about === undefined ? NOTHING : () => ask(about);
}
