import { WeirError } from '../base/errors.ts';

/** A file that is to be cut to `truncateTo` bytes, all of them written and synced once, has fewer: `WEIR_FILE_SHORT`. */
export function fileShort(path: string, size: number | undefined, truncateTo: number): WeirError {
  const now = size === undefined ? 'is gone' : `has ${size} bytes`;
  const why = 'something else has removed, cut or replaced it since';
  const remedy = 'Put it back as it was, or use --fresh to begin anew';
  return new WeirError(
    'WEIR_FILE_SHORT',
    `${path} ${now}, but ${truncateTo} bytes were written and synced: ${why}. ${remedy}`,
    { data: { path, size: size ?? 0, truncateTo } },
  );
}
