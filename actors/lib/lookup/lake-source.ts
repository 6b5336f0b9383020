import type { At, Key, KeySpec, OperatorContext, Row } from '#stage';
import { matchKey } from '../keys/match-key.ts';
import { keyText } from '../lake/order-text.ts';
import { unpackRow } from '../lake/row-frames.ts';
import { AnswerCache, type CacheOptions } from './answer-cache.ts';
import type { Answer } from './answer-line.ts';
import type { LakeQuestion } from './lake-answerer.ts';
import { asking, type LookupSource } from './source.ts';

export interface LakeOptions {
  readonly key: KeySpec;
  readonly version: 'as-of' | 'latest';
  /** Milliseconds until a question fails. */
  readonly timeout: number;
  readonly cache: CacheOptions;
}

/** Asks a table of the lake for the row of a key. */
export class LakeSource implements LookupSource {
  readonly #o: LakeOptions;
  readonly #context: OperatorContext;
  readonly #keyOf: (row: Row, at: At) => Key | undefined;
  readonly #cache: AnswerCache;
  /** Cancel the timeouts of what is under way. */
  readonly #timers = new Set<() => void>();

  constructor(options: LakeOptions, context: OperatorContext) {
    this.#o = options;
    this.#context = context;
    this.#keyOf = matchKey(options.key);
    this.#cache = new AnswerCache(options.cache, () => context.now());
  }

  questionOf(row: Row, at: At) {
    const until = this.#o.version === 'as-of' ? at.time : null;
    return asking(this.#keyOf(row, at), (key) => {
      const text = keyText(key);
      return this.#cache.get(until === null ? text : `${text} ${until}`, () => this.#ask([text, until]));
    });
  }

  #ask(question: LakeQuestion): Promise<Answer> {
    const { timeout } = this.#o;
    return new Promise((resolve, reject) => {
      const late = { failed: `no answer from the lake within ${timeout} ms`, code: 'WEIR_LOOKUP_LAKE' };
      const cancel = this.#context.after(timeout, () => {
        this.#timers.delete(cancel);
        resolve(late);
      });
      this.#timers.add(cancel);
      const settled = () => {
        this.#timers.delete(cancel);
        cancel();
      };
      this.#context.ask(question).then(
        (packed) => {
          settled();
          resolve({ found: packed === null ? null : unpackRow(packed as Uint8Array) });
        },
        (error) => {
          settled();
          reject(error);
        },
      );
    });
  }

  close(): void {
    for (const cancel of this.#timers) cancel();
  }
}
