import { type Element, elementOf, scopeOf } from './elements.ts';

/** Length of a field that says its length itself. */
export const VARIABLE = 65_535;

export interface TemplateField {
  readonly element: Element;
  readonly length: number;
}

/** What the records of a set look like. */
export interface Template {
  readonly fields: readonly TemplateField[];
  /** The first of them say what an options record is about; none in a template of flows. */
  readonly scopes: number;
  readonly isOptions: boolean;
  /** Bytes of a record at least. */
  readonly least: number;
}

/** A field as it was announced; plain data, for the snapshot: number, length, enterprise. */
export type FieldSpec = readonly [id: number, length: number, enterprise: number];

export interface TemplateSpec {
  readonly fields: readonly FieldSpec[];
  readonly scopes: number;
  readonly isOptions: boolean;
  /** The numbers of scopes are those of NetFlow 9. */
  readonly isNine: boolean;
}

/** Who sent it: exporter, version and observation domain. */
type Domain = string;

function compiled({ fields, scopes, isOptions, isNine }: TemplateSpec): Template {
  const made = fields.map(([id, length, enterprise], i) => ({
    element: isNine && i < scopes ? scopeOf(id, length) : elementOf(id, enterprise, length),
    length,
  }));
  const least = fields.reduce((sum, [, length]) => sum + (length === VARIABLE ? 1 : length), 0);
  return { fields: made, scopes, isOptions, least };
}

/** The templates of all exporters. Those that have not been used for longest go when there are too many fields. */
export class Templates {
  readonly #mostFields: number;
  /** In the order of their last use, the latest last. */
  readonly #all = new Map<string, { spec: TemplateSpec; template: Template }>();
  #fields = 0;
  /** Templates that were forgotten. */
  forgotten = 0;

  constructor(mostFields: number) {
    this.#mostFields = mostFields;
  }

  find(domain: Domain, id: number): Template | undefined {
    const key = `${domain} ${id}`;
    const found = this.#all.get(key);
    if (found === undefined) return undefined;
    this.#all.delete(key);
    this.#all.set(key, found);
    return found.template;
  }

  put(domain: Domain, id: number, spec: TemplateSpec): void {
    this.#putAt(`${domain} ${id}`, spec);
  }

  #putAt(key: string, spec: TemplateSpec): void {
    this.#remove(key);
    this.#all.set(key, { spec, template: compiled(spec) });
    this.#fields += spec.fields.length;
    for (const [oldest] of this.#all) {
      if (this.#fields <= this.#mostFields || oldest === key) break;
      this.#remove(oldest);
      this.forgotten++;
    }
  }

  /** Forgets one template, or all of a domain. */
  withdraw(domain: Domain, id: number, all: 'flows' | 'options' | undefined): void {
    if (all === undefined) {
      this.#remove(`${domain} ${id}`);
      return;
    }
    for (const [key, { spec }] of this.#all) {
      if (key.startsWith(`${domain} `) && spec.isOptions === (all === 'options')) this.#remove(key);
    }
  }

  #remove(key: string): void {
    const found = this.#all.get(key);
    if (found === undefined) return;
    this.#fields -= found.spec.fields.length;
    this.#all.delete(key);
  }

  /** Plain data, from the one that was used first. */
  snapshot(): [string, TemplateSpec][] {
    return [...this.#all].map(([key, { spec }]) => [key, spec]);
  }

  restore(all: readonly (readonly [string, TemplateSpec])[]): void {
    for (const [key, spec] of all) this.#putAt(key, spec);
  }
}
