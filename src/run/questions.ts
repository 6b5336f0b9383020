import { assert, type ErrorData, fromErrorData } from '../base/errors.ts';

/** Questions of one stage's subtasks on a host, as they go to the engine. */
export interface Asked {
  /** Which answers are those to these, among all that this host asks. */
  readonly id: number;
  readonly stage: string;
  readonly questions: readonly unknown[];
}

/** What comes back: an answer to each, or why there are none. */
export type Answered = { readonly id: number } & (
  | { readonly answers: readonly unknown[] }
  | { readonly error: ErrorData }
);

interface Waiting {
  readonly question: unknown;
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What the operators of one host ask the engine. The questions of a stage that come in one turn travel together. A host that
 * ends forgets them: its line to the engine ends with it, so no answer reaches another host.
 */
export class Questions {
  readonly #send: (asked: Asked) => void;
  readonly #gathered = new Map<string, Waiting[]>();
  readonly #underWay = new Map<number, readonly Waiting[]>();
  #next = 0;

  constructor(send: (asked: Asked) => void) {
    this.#send = send;
  }

  /** Resolves with the answer of the stage's answerer. Rejects with what that threw. */
  ask(stage: string, question: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const waiting = { question, resolve, reject };
      const gathered = this.#gathered.get(stage);
      if (gathered !== undefined) {
        gathered.push(waiting);
        return;
      }
      this.#gathered.set(stage, [waiting]);
      // Behind all that asks in this turn, and what the answers of one message set going at once.
      Promise.resolve().then(() => this.#flush(stage));
    });
  }

  #flush(stage: string): void {
    const gathered = this.#gathered.get(stage) as Waiting[];
    this.#gathered.delete(stage);
    const id = this.#next++;
    this.#underWay.set(id, gathered);
    try {
      this.#send({ id, stage, questions: gathered.map(({ question }) => question) });
    } catch (error) {
      // What is no plain data cannot be sent.
      this.#underWay.delete(id);
      for (const { reject } of gathered) reject(error);
    }
  }

  /** Answers have come. */
  answered(message: Answered): void {
    const waiting = this.#underWay.get(message.id);
    assert(waiting !== undefined, 'answers are to questions that were asked');
    this.#underWay.delete(message.id);
    if ('error' in message) {
      const error = fromErrorData(message.error);
      for (const { reject } of waiting) reject(error);
      return;
    }
    assert(message.answers.length === waiting.length, 'every question has an answer');
    for (const [i, { resolve }] of waiting.entries()) resolve(message.answers[i]);
  }
}
