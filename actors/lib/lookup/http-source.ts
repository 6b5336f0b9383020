import { setMaxListeners } from 'node:events';
import type { At, Expression, OperatorContext, Row } from '#stage';
import { AnswerCache, type CacheOptions } from './answer-cache.ts';
import { askHttp, type HttpOptions } from './http-question.ts';
import { asking, type LookupSource } from './source.ts';
import { urlTemplate } from './url-template.ts';

/** Asks a web server, at an address that the record makes. */
export class HttpSource implements LookupSource {
  readonly #options: HttpOptions;
  readonly #context: OperatorContext;
  readonly #urlOf: (row: Row, at: At) => string | undefined;
  readonly #cache: AnswerCache;
  readonly #closing = new AbortController();

  constructor(url: Expression<string>, options: HttpOptions & { cache: CacheOptions }, context: OperatorContext) {
    this.#options = options;
    this.#context = context;
    this.#urlOf = urlTemplate(url);
    this.#cache = new AnswerCache(options.cache, () => context.now());
    // As many as there are questions at the same time.
    setMaxListeners(0, this.#closing.signal);
  }

  questionOf(row: Row, at: At) {
    return asking(this.#urlOf(row, at), (url) => {
      return this.#cache.get(url, () => askHttp(url, this.#options, this.#context, this.#closing.signal));
    });
  }

  close(): void {
    this.#closing.abort();
  }
}
