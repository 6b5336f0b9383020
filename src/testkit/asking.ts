import { toErrorData } from '../base/errors.ts';
import { Answerers } from '../run/answerers.ts';
import { Questions } from '../run/questions.ts';
import type { Answerer, AnswererContext } from '../stage/answerer.ts';

/** An operator's way to its answerer, by the engine's own gathering of questions. */
export class Asking {
  readonly #make: (context: AnswererContext) => Answerer | undefined;
  readonly #context: AnswererContext;
  readonly #questions: Questions;
  #started: Promise<Answerers> | undefined;
  #answerers: Answerers | undefined;

  constructor(make: (context: AnswererContext) => Answerer | undefined, context: AnswererContext) {
    this.#make = make;
    this.#context = context;
    this.#questions = new Questions((asked) => {
      this.#started ??= this.#start();
      this.#started.then(
        async (answerers) => this.#questions.answered(await answerers.answer(asked)),
        (error) => this.#questions.answered({ id: asked.id, error: toErrorData(error) }),
      );
    });
  }

  /** With the first question: most operators ask none. */
  async #start(): Promise<Answerers> {
    const answerer = this.#make(this.#context);
    this.#answerers = new Answerers(new Map(answerer ? [['stage', answerer]] : []));
    await this.#answerers.open();
    return this.#answerers;
  }

  readonly ask = (question: unknown): Promise<unknown> => this.#questions.ask('stage', question);

  close(): Promise<void> {
    return this.#answerers?.close() ?? Promise.resolve();
  }
}
