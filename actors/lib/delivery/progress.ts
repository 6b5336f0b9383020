/** How far a sink has come with what it was given, for those who wait for it. */
export class Progress {
  readonly #watchers = new Set<() => void>();
  #failure: unknown;

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Why the sink cannot go on: those who wait learn of it when they look again. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= error;
  }

  /** Throws what {@link fail} was given. */
  check(): void {
    if (this.hasFailed) throw this.#failure;
  }

  /** Something has changed: those who wait look again. */
  tell(): void {
    for (const look of [...this.#watchers]) look();
  }

  /** Resolves when the condition holds, rejects when the sink has failed. */
  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!this.hasFailed && !holds()) return;
        this.#watchers.delete(look);
        if (this.hasFailed) reject(this.#failure);
        else resolve();
      };
      this.#watchers.add(look);
      look();
    });
  }
}
