import { messageOf, WeirError } from '#stage';
import type { Registered, Registry } from './registry.ts';

/** Schemas that are kept; of more the one that was asked for first is fetched anew. */
const KEPT = 1000;
/** A zero, and the number of the schema. */
export const PREFIX = 5;

/** Why messages of a schema cannot be read. */
export class SchemaFault {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

/** The schemas that messages name by number, made into what reads them. */
export class SchemasById<T> {
  readonly #registry: Registry;
  readonly #make: (found: Registered) => T;
  readonly #made = new Map<number, T | SchemaFault>();
  readonly #asked = new Map<number, Promise<void>>();

  /** What `make` throws coded is the fault of that schema alone. */
  constructor(registry: Registry, make: (found: Registered) => T) {
    this.#registry = registry;
    this.#make = make;
  }

  /** What must come before a message can be read; undefined: it can be. */
  awaits(b: Buffer, start: number, end: number): Promise<void> | undefined {
    const id = idOf(b, start, end);
    if (id === undefined || this.#made.has(id)) return undefined;
    let asked = this.#asked.get(id);
    if (asked === undefined) {
      asked = this.#fetch(id).finally(() => this.#asked.delete(id));
      this.#asked.set(id, asked);
    }
    return asked;
  }

  async #fetch(id: number): Promise<void> {
    const found = await this.#registry.byId(id);
    let made: T | SchemaFault;
    try {
      made = found === undefined ? new SchemaFault(`the registry has no schema ${id}`) : this.#make(found);
    } catch (error) {
      if (!(error instanceof WeirError) && !(error instanceof RangeError)) throw error;
      made = new SchemaFault(`schema ${id}: ${messageOf(error)}`);
    }
    if (this.#made.size >= KEPT) this.#made.delete(this.#made.keys().next().value as number);
    this.#made.set(id, made);
  }

  /** What reads a message. Throws `WEIR_SCHEMA_WAIT` where the source has not waited for it. */
  of(b: Buffer, start: number, end: number): T | SchemaFault {
    const id = idOf(b, start, end);
    if (id === undefined) return new SchemaFault('it does not begin with a zero and the number of a schema');
    const made = this.#made.get(id);
    if (made !== undefined) return made;
    throw new WeirError(
      'WEIR_SCHEMA_WAIT',
      'this source cannot wait for schemas of a registry: name the schema itself',
    );
  }
}

function idOf(b: Buffer, start: number, end: number): number | undefined {
  return end - start < PREFIX || b[start] !== 0 ? undefined : b.readInt32BE(start + 1);
}
