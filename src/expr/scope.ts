import { helpers } from './helpers.ts';

/**
 * What pieces of generated code have in common until they become one function: constants, which the code names and the
 * finished function is bound to, and local variables. The helpers of the language are the constant `$`.
 *
 * ```ts
 * const scope = new CodeScope();
 * const keep = toCondition(where, scope);
 * const fn = scope.build<(row: Row, at: At) => Row | null>(['row', 'at'], `return ${keep} ? row : null;`);
 * ```
 */
export class CodeScope {
  readonly #constants = new Map<unknown, string>([[helpers, '$']]);
  #temps = 0;
  #undeclared: string[] = [];

  /** @param named constants under names that the caller's own code knows; none like `k1`, `t1` or `$`. */
  constructor(named: Readonly<Record<string, unknown>> = {}) {
    for (const [name, value] of Object.entries(named)) this.#constants.set(value, name);
  }

  /** The name under which code of this scope finds a value: the same name for the same value. */
  constant(value: unknown): string {
    let name = this.#constants.get(value);
    if (name === undefined) {
      name = `k${this.#constants.size}`;
      this.#constants.set(value, name);
    }
    return name;
  }

  /** The name of a new local variable. */
  temp(): string {
    const name = `t${this.#temps++}`;
    this.#undeclared.push(name);
    return name;
  }

  /**
   * The declaration of the variables that were handed out since the last call, to stand before the code that uses them;
   * for functions inside of the one that {@link build} makes, which itself declares the rest.
   */
  locals(): string {
    const declaration = this.#undeclared.length === 0 ? '' : `let ${this.#undeclared.join(', ')};`;
    this.#undeclared = [];
    return declaration;
  }

  /** Makes a function of the statements in `body`, which was written with this scope. One scope may make several. */
  build<T>(parameters: readonly string[], body: string): T {
    const source = `"use strict"; return (${parameters.join(', ')}) => { ${this.locals()} ${body} };`;
    return new Function(...this.#constants.values(), source)(...this.#constants.keys());
  }
}
