import { once } from 'node:events';

/** How a result is shown. */
export type ResultFormat = 'table' | 'csv' | 'json';

/** What a database gives: columns, and rows as values that JSON has, in pieces. */
export interface SqlResult {
  columnNames(): readonly string[];
  rows(): AsyncIterable<readonly (readonly unknown[])[]>;
}

/** Rows by which the widths of a table's columns are found. */
const LOOKED_AT = 1000;
const WIDEST = 60;

/** Writes a result to standard output as it comes; `first` is called before. */
export async function writeResult(result: SqlResult, format: ResultFormat, first: () => void): Promise<void> {
  const names = result.columnNames();
  const lines = format === 'table' ? new Table(names) : format === 'csv' ? new Csv(names) : new Json(names);
  let begun = false;
  const write = async (text: string) => {
    if (!begun) first();
    begun = true;
    if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
  };
  for await (const rows of result.rows()) await write(lines.rows(rows));
  await write(lines.end());
}

interface Lines {
  rows(rows: readonly (readonly unknown[])[]): string;
  end(): string;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

class Json implements Lines {
  readonly #names: readonly string[];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  rows(rows: readonly (readonly unknown[])[]): string {
    const fields = this.#names.map((name) => JSON.stringify(name));
    return rows
      .map((row) => `{${row.map((value, i) => `${fields[i]}:${JSON.stringify(value)}`).join(',')}}\n`)
      .join('');
  }

  end(): string {
    return '';
  }
}

class Csv implements Lines {
  #head: string;

  constructor(names: readonly string[]) {
    this.#head = this.#line(names);
  }

  #line(values: readonly unknown[]): string {
    const cells = values.map((value) => {
      const text = textOf(value);
      return /[",\r\n]/.test(text) || (text === '' && value === '') ? `"${text.replaceAll('"', '""')}"` : text;
    });
    return `${cells.join(',')}\n`;
  }

  rows(rows: readonly (readonly unknown[])[]): string {
    const text = this.#head + rows.map((row) => this.#line(row)).join('');
    this.#head = '';
    return text;
  }

  end(): string {
    return this.#head;
  }
}

class Table implements Lines {
  readonly #names: readonly string[];
  #waiting: (readonly unknown[])[] | undefined = [];
  #widths: number[] = [];

  constructor(names: readonly string[]) {
    this.#names = names;
  }

  #line(cells: readonly unknown[]): string {
    const shown = cells.map((cell, i) => {
      // A line break or an escape in a text must not break the table, or reach the terminal.
      const text = textOf(cell).replaceAll(/[\p{Cc}\p{Cf}]/gu, ' ');
      const width = this.#widths[i]!;
      const cut = text.length > width ? `${text.slice(0, width - 1)}…` : text;
      return typeof cell === 'number' ? cut.padStart(width) : cut.padEnd(width);
    });
    return `${shown.join('  ').trimEnd()}\n`;
  }

  rows(rows: readonly (readonly unknown[])[]): string {
    if (this.#waiting === undefined) return rows.map((row) => this.#line(row)).join('');
    this.#waiting.push(...rows);
    return this.#waiting.length >= LOOKED_AT ? this.#begin(this.#waiting) : '';
  }

  #begin(rows: readonly (readonly unknown[])[]): string {
    this.#waiting = undefined;
    this.#widths = this.#names.map((name, i) =>
      Math.min(WIDEST, Math.max(name.length, ...rows.map((row) => textOf(row[i]).length))),
    );
    const rule = this.#widths.map((width) => '─'.repeat(width));
    return this.#line(this.#names) + this.#line(rule) + rows.map((row) => this.#line(row)).join('');
  }

  end(): string {
    return this.#waiting === undefined ? '' : this.#begin(this.#waiting);
  }
}
