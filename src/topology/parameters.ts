import type { Masks } from '../base/mask.ts';
import { nearest } from '../expr/nearest.ts';
import type { FieldKind } from '../stage/field.ts';
import type { TopologyDocument } from './document.ts';
import type { Place } from './graph.ts';
import type { Issues } from './issue.ts';
import { convert, inserted, type Resolved } from './parameter-values.ts';
import { environmentOf, findPlaceholders, type Placeholder, quoteAt } from './placeholders.ts';
import { isMap, type Path, pathKey } from './places.ts';

/** What a topology is filled with from outside. */
export interface Given {
  /** Values of parameters, as `--set name=value` gives them (text) or a program does (anything). */
  set?: Readonly<Record<string, unknown>>;
  /** The environment that `${env:NAME}` reads. */
  env?: Readonly<Record<string, string | undefined>>;
  /** 'leave' lets parameters without a value stand as they are written: tests of a topology need no paths. */
  missing?: 'error' | 'leave';
}

interface Declared {
  used: boolean;
  reported: boolean;
  secret: boolean;
  value: unknown;
  /** Given as text from outside, so that it may stand for a number or a flag. */
  loose: boolean;
}

/** A stretch of a filled text that stands for a placeholder: where it is in the filled and in the written text. */
interface Stretch {
  from: number;
  to: number;
  written: Placeholder;
}

/**
 * The parameters of a topology. Fills `${name}` and `${env:NAME}` in texts and remembers where it did, so that a fault in
 * a filled text is shown where it is written and a secret is never shown.
 */
export class Parameters {
  readonly #document: TopologyDocument;
  readonly #given: Given;
  readonly #issues: Issues;
  readonly #declared = new Map<string, Declared>();
  readonly #stretches = new Map<string, Stretch[]>();
  readonly #secrets = new Map<string, { path: Path; value: string; shown: string }[]>();
  readonly #masks = new Map<string, string>();
  readonly #blocked = new Set<string>();

  constructor(document: TopologyDocument, given: Given, issues: Issues) {
    this.#document = document;
    this.#given = given;
    this.#issues = issues;
    const params = isMap(document.value) ? document.value.params : undefined;
    for (const [name, spec] of Object.entries(isMap(params) ? params : {})) this.#declare(name, spec);
    for (const name of Object.keys(given.set ?? {})) {
      if (this.#declared.has(name)) continue;
      issues.error('WEIR_PARAMETER', document.places.key(['params']), `there is no parameter '${name}' to set`, {
        didYouMean: nearest(name, this.#declared.keys()),
      });
    }
  }

  /** A value with its placeholders filled, for an option of this kind. What is not text comes back as it is. */
  fill(value: unknown, path: Path, kind: FieldKind): unknown {
    if (typeof value !== 'string' || !value.includes('${')) return value;
    const filled: [Placeholder, Resolved][] = [];
    for (const hole of findPlaceholders(value)) {
      // An expression may hold a text with holes of its own: `core ${core}` in backquotes.
      const template = kind === 'template' || (kind === 'expression' && quoteAt(value, hole.start) === '`');
      const resolved = this.#resolve(hole, path, template, kind === 'expression');
      if (resolved) filled.push([hole, resolved]);
    }
    for (const [hole, { secret, value: text }] of filled) {
      if (secret) this.#keepSecret(path, String(text), value.slice(hole.start, hole.end));
    }
    const [first] = filled;
    if (first && first[0].start === 0 && first[0].end === value.length) {
      this.#stretches.set(pathKey(path), [{ from: 0, to: Number.POSITIVE_INFINITY, written: first[0] }]);
      return convert(first[1], kind);
    }
    const text = this.#splice(value, filled, path, kind);
    // A message that quotes all of it hides a secret however short.
    if (filled.some(([, { secret }]) => secret)) this.#masks.set(text, value);
    return text;
  }

  /** Where character `offset` of the filled text at `path` is written; inside a placeholder, where that begins. */
  place(path: Path, offset?: number): Place {
    if (offset === undefined) return this.#document.places.value(path);
    let moved = 0;
    for (const { from, to, written } of this.#stretches.get(pathKey(path)) ?? []) {
      if (offset < from) break;
      if (offset < to) return this.#document.places.value(path, written.start);
      moved = written.end - to;
    }
    return this.#document.places.value(path, offset + moved);
  }

  /** True when the value at `path` could not be filled: its fault has been told, and it is no use to look at it. */
  blocked(path: Path): boolean {
    return this.#blocked.has(pathKey(path));
  }

  /** False when some value could not be filled, be that a fault or not. */
  get complete(): boolean {
    return this.#blocked.size === 0;
  }

  /** A message about the value at `path` with the secrets in it replaced by what is written in their place. */
  redact(path: Path, message: string): string {
    let shown = message;
    for (const secret of this.#secrets.get(pathKey(path)) ?? []) {
      if (secret.value !== '') shown = shown.replaceAll(secret.value, secret.shown);
    }
    return shown;
  }

  /** The paths of all values that hold a secret. */
  secretPaths(): Path[] {
    return [...this.#secrets.values()].map((list) => (list[0] as { path: Path }).path);
  }

  /** The secrets, and the texts that hold one, with what is written for them. */
  masks(): Masks {
    return [...this.#masks];
  }

  /** Warns of parameters that nothing uses. Call when all is filled. */
  warnUnused(): void {
    for (const [name, { used }] of this.#declared) {
      if (used) continue;
      this.#issues.warn('WEIR_UNUSED', this.#document.places.key(['params', name]), `parameter '${name}' is not used`);
    }
  }

  #declare(name: string, spec: unknown): void {
    const path = ['params', name];
    const known: Declared = { used: false, reported: false, secret: false, value: undefined, loose: false };
    if (isMap(spec)) {
      known.secret = spec.secret === true;
      // A default may come from the environment, or from a parameter that is declared before this one.
      known.value = this.fill(spec.default, [...path, 'default'], 'any');
      known.secret ||= this.#secrets.has(pathKey([...path, 'default']));
    }
    const set = this.#given.set;
    if (set && Object.hasOwn(set, name))
      Object.assign(known, { value: set[name], loose: typeof set[name] === 'string' });
    this.#declared.set(name, known);
  }

  #resolve(hole: Placeholder, path: Path, template: boolean, expression: boolean): Resolved | undefined {
    // The language of expressions has the same escape: there it is left for its parser.
    if (hole.body === undefined)
      return template || expression ? undefined : { value: '${', secret: false, loose: false };
    const environment = environmentOf(hole.body);
    if (environment) {
      const found = this.#given.env?.[environment.name];
      // As in a shell, `:-` stands in for an empty value too.
      const value = found ? found : (environment.fallback ?? found);
      if (value !== undefined) return { value, secret: true, loose: true };
      return this.#fault(hole, path, `the environment has no ${environment.name}`, {
        expected: `it to be set, or a default: \${env:${environment.name}:-…}`,
      });
    }
    const known = this.#declared.get(hole.body.trim());
    if (!known) {
      if (template) return undefined;
      const near = nearest(hole.body.trim(), this.#declared.keys());
      const hints = near ? { didYouMean: `\${${near}}` } : { expected: 'a name declared under params, or ${env:NAME}' };
      return this.#fault(hole, path, `'\${${hole.body}}' is not a parameter`, hints);
    }
    known.used = true;
    if (known.value !== undefined) return known;
    this.#blocked.add(pathKey(path));
    if (!known.reported && this.#given.missing !== 'leave') {
      const name = hole.body.trim();
      const place = this.#document.places.key(['params', name]);
      this.#issues.error('WEIR_PARAMETER', place, `parameter '${name}' has no value: pass --set ${name}=…`);
    }
    known.reported = true;
    return undefined;
  }

  #fault(hole: Placeholder, path: Path, message: string, hints: { expected?: string; didYouMean?: string }): undefined {
    this.#blocked.add(pathKey(path));
    const environment = hole.body?.startsWith('env:');
    if (environment && this.#given.missing === 'leave') return;
    this.#issues.error('WEIR_PARAMETER', this.#document.places.value(path, hole.start), message, hints);
  }

  #splice(text: string, filled: readonly [Placeholder, Resolved][], path: Path, kind: FieldKind): string {
    const stretches: Stretch[] = [];
    let result = '';
    let at = 0;
    for (const [hole, { value }] of filled) {
      result += text.slice(at, hole.start);
      const from = result.length;
      result += inserted(value, kind, text, hole.start);
      stretches.push({ from, to: result.length, written: hole });
      at = hole.end;
    }
    if (stretches.length > 0) this.#stretches.set(pathKey(path), stretches);
    return result + text.slice(at);
  }

  #keepSecret(path: Path, value: string, shown: string): void {
    const list = this.#secrets.get(pathKey(path)) ?? [];
    list.push({ path, value, shown });
    // In an expression it may stand with escapes.
    for (const text of [value, JSON.stringify(value).slice(1, -1)]) this.#masks.set(text, shown);
    this.#secrets.set(pathKey(path), list);
  }
}
