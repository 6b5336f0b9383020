import { WeirError } from '#stage';
import { GROUPS, TABLES, TRAPS, TRAPS_AT } from './mib.ts';

const OID = /^\.?[0-2](?:\.\d{1,10})+$/;

/** A value or column to ask for, and the field that it goes to. */
export interface Wanted {
  readonly oid: string;
  readonly field: string;
}

/** What an OID is called, and which instance of it this is: '' of a name itself. */
export interface Named {
  readonly name: string;
  readonly index: string;
}

interface Entry {
  readonly oid: string;
  /** Of a column: what numbers the rows of its table. */
  readonly index?: string;
  readonly isScalar?: boolean;
}

function numbered(names: string): { name: string; number: number }[] {
  let number = 0;
  return names.split(' ').map((text) => {
    const [first, second] = text.split(':');
    number = second === undefined ? number + 1 : Number(first);
    return { name: second ?? (first as string), number };
  });
}

function builtIn(): Map<string, Entry> {
  const found = new Map<string, Entry>();
  for (const [oid, names] of Object.entries(GROUPS)) {
    for (const { name, number } of numbered(names)) found.set(name, { oid: `${oid}.${number}`, isScalar: true });
  }
  for (const { entry, index, columns } of Object.values(TABLES)) {
    for (const { name, number } of numbered(columns)) found.set(name, { oid: `${entry}.${number}`, index });
  }
  for (const { name, number } of numbered(TRAPS)) found.set(name, { oid: `${TRAPS_AT}.${number}` });
  return found;
}

/** Names of MIB-2, IF-MIB and HOST-RESOURCES-MIB, and those that a topology adds. */
export class Names {
  readonly #entries = builtIn();
  readonly #names = new Map<string, string>();

  /** `own`: name → OID. Throws `WEIR_OPTION` for what is no OID. */
  constructor(own: Readonly<Record<string, string>> = {}) {
    for (const [name, text] of Object.entries(own)) {
      if (!OID.test(text))
        throw new WeirError('WEIR_OPTION', `names: ${name}: '${text}' is no OID such as 1.3.6.1.4.1.9`);
      this.#entries.set(name, { oid: text.replace(/^\./, '') });
    }
    for (const [name, { oid }] of this.#entries) this.#names.set(oid, name);
  }

  /** A single value: `sysName`, `ifInOctets.3`, an OID. Throws `WEIR_SNMP_NAME`. */
  value(text: string): Wanted {
    const plain = text.replace(/^\./, '');
    if (OID.test(text)) return { oid: plain, field: this.#fieldOf(plain) };
    const [name = '', ...rest] = text.split('.');
    const entry = this.#of(name);
    const instance = rest.join('.');
    if (instance !== '' && !/^\d+(?:\.\d+)*$/.test(instance)) throw noName(text);
    if (entry.index !== undefined && instance === '') {
      throw new WeirError(
        'WEIR_SNMP_NAME',
        `${name} is a column: say which row, as in ${name}.1, or take it in \`walk\``,
      );
    }
    const suffix = instance === '' && entry.isScalar ? '0' : instance;
    const oid = suffix === '' ? entry.oid : `${entry.oid}.${suffix}`;
    return { oid, field: suffix === '0' || suffix === '' ? name : `${name}_${suffix.replaceAll('.', '_')}` };
  }

  /** Columns: all of a table (`ifTable`), one (`ifInOctets`), an OID. Throws `WEIR_SNMP_NAME`. */
  columns(text: string): (Wanted & { index?: string })[] {
    const table = Object.hasOwn(TABLES, text) ? TABLES[text] : undefined;
    if (table !== undefined) {
      const { entry, index, columns } = table;
      return numbered(columns).map(({ name, number }) => ({ oid: `${entry}.${number}`, field: name, index }));
    }
    const plain = text.replace(/^\./, '');
    if (OID.test(text)) {
      const name = this.#names.get(plain);
      return name === undefined ? [{ oid: plain, field: plain.replaceAll('.', '_') }] : this.columns(name);
    }
    const entry = this.#of(text);
    if (entry.isScalar) {
      throw new WeirError('WEIR_SNMP_NAME', `${text} is a single value and no column: take it in \`get\``);
    }
    return [{ oid: entry.oid, field: text, ...(entry.index === undefined ? {} : { index: entry.index }) }];
  }

  /** The longest name that an OID begins with. */
  nameOf(oid: string): Named | undefined {
    for (let end = oid.length; end > 0; end = oid.lastIndexOf('.', end - 1)) {
      const name = this.#names.get(oid.slice(0, end));
      if (name !== undefined) return { name, index: oid.slice(end + 1) };
    }
    return undefined;
  }

  #fieldOf(oid: string): string {
    const named = this.nameOf(oid);
    if (named === undefined) return oid.replaceAll('.', '_');
    return named.index === '' || named.index === '0' ? named.name : `${named.name}_${named.index.replaceAll('.', '_')}`;
  }

  #of(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw noName(name);
    return entry;
  }
}

function noName(text: string): WeirError {
  const what = 'is neither an OID nor a name of MIB-2, IF-MIB or HOST-RESOURCES-MIB';
  return new WeirError('WEIR_SNMP_NAME', `'${text}' ${what}: give its OID, or name it in \`names\``);
}
