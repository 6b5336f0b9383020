import { setMaxListeners } from 'node:events';
import type { At, Expression, OperatorContext, Row } from '#stage';
import { type Fetcher, fetcherOf } from '../http/fetcher.ts';
import { AnswerCache, type CacheOptions } from './answer-cache.ts';
import type { Answer } from './answer-line.ts';
import { askHttp, type HttpOptions } from './http-question.ts';
import { asking, type LookupSource } from './source.ts';
import { urlTemplate } from './url-template.ts';

/** Asks a web server, at an address that the record makes. */
export class HttpSource implements LookupSource {
  readonly #options: HttpOptions;
  readonly #context: OperatorContext;
  readonly #urlOf: (row: Row, at: At) => string | undefined;
  readonly #cache: AnswerCache;
  #fetcher: Promise<Fetcher> | undefined;
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
      return this.#cache.get(url, () => this.#ask(url));
    });
  }

  async #ask(url: string): Promise<Answer> {
    // Rejects where the files of `tls` are no such: then the run ends.
    this.#fetcher ??= fetcherOf(this.#options.tls);
    const { ask } = await this.#fetcher;
    return askHttp(url, this.#options, this.#context, this.#closing.signal, ask);
  }

  close(): void {
    this.#closing.abort();
    this.#fetcher?.then((fetcher) => fetcher.close()).catch(() => {});
  }
}
