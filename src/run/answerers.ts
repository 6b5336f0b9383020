import { toErrorData, WeirError } from '../base/errors.ts';
import type { Answerer } from '../stage/answerer.ts';
import type { Answered, Asked } from './questions.ts';

/** The answerers of one topology's operators, by stage. They live as long as the sinks' committers do. */
export class Answerers {
  readonly #answerers: ReadonlyMap<string, Answerer>;

  constructor(answerers: ReadonlyMap<string, Answerer>) {
    this.#answerers = answerers;
  }

  async open(): Promise<void> {
    for (const answerer of this.#answerers.values()) await answerer.open?.();
  }

  /** Never rejects: who asked is told what was thrown. */
  answer({ id, stage, questions }: Asked): Promise<Answered> {
    return this.#answer(stage, questions).then(
      (answers) => ({ id, answers }),
      (error) => ({ id, error: toErrorData(error) }),
    );
  }

  async #answer(stage: string, questions: readonly unknown[]): Promise<readonly unknown[]> {
    const answerer = this.#answerers.get(stage);
    if (answerer === undefined) {
      throw new WeirError('WEIR_ANSWERER', `${stage} asks, but its definition has no \`answerer\``);
    }
    const answers = await answerer.answer(questions);
    if (answers.length === questions.length) return answers;
    const counts = `${answers.length} answers to ${questions.length} questions`;
    throw new WeirError('WEIR_ANSWERER', `the answerer of ${stage} gave ${counts}`);
  }

  async close(): Promise<void> {
    for (const answerer of this.#answerers.values()) await answerer.close?.();
  }
}
