import { messageOf } from '../base/errors.ts';

/** An error for the terminal, with the code that docs and searches know it by. Faults of a topology bear places instead. */
export function described(error: unknown): string {
  const { code } = error as { code?: unknown };
  const told = typeof code === 'string' && code !== 'WEIR_TOPOLOGY' && code !== 'WEIR_USAGE';
  return told ? `${messageOf(error)} (${code})` : messageOf(error);
}
