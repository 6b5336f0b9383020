/** What came of a comparison. */
export interface Report {
  query: string;
  /** How many rows the query must give. */
  rows: number;
  /** What is wrong, in words; empty if the output is what it must be. */
  faults: string[];
}

export class Oracle {
  static open(files: { events: string; side: string }): Promise<Oracle>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
  check(query: string, output: string): Promise<Report>;
  close(): void;
}
