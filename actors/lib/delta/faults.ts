import { WeirError } from '#stage';

/** What no other try mends: the table has to be another one, or the options. */
export function deltaFault(
  code: 'WEIR_DELTA_LOG' | 'WEIR_DELTA_SCHEMA' | 'WEIR_DELTA_PROTOCOL',
  what: string,
  { cause, path }: { cause?: unknown; path?: string } = {},
): WeirError {
  return new WeirError(code, what, { cause, data: { permanent: true, ...(path === undefined ? {} : { path }) } });
}
