export interface Parameters {
  /** File of events. */
  input: string;
  /** Where the result goes: a file, for q10 a folder. */
  output: string;
  /** File of q13's side table. */
  side: string;
  /** Time between checkpoints, `1s`. */
  every?: string;
}

export function queryNames(): string[];
export function chosen(list: string | undefined): string[];
export function topologyOf(name: string): string;
export function settingsOf(name: string, parameters: Parameters): string[];
