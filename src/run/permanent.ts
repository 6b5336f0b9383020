import type { ErrorData } from '../base/errors.ts';

/** Whether a restart cannot mend it: wrong options, a missing file, a refused address, what a stage throws at its creation or calls permanent. */
export function isPermanent({ code, data }: ErrorData): boolean {
  if (data?.atCreation === true || data?.permanent === true) return true;
  return FINAL.has(code ?? '') || (code === 'WEIR_DISK' && REFUSALS.has(String(data?.code)));
}

/** What the system refuses now it will refuse in a second too. */
const REFUSALS = new Set(['EACCES', 'EEXIST', 'EISDIR', 'ENOENT', 'ENOTDIR', 'EPERM', 'EROFS', 'ENAMETOOLONG']);

const FINAL = new Set([
  // Its author wants the run to fail, not to be tried again.
  'WEIR_STAGE_FAILED',
  'WEIR_STATE_DAMAGED',
  'WEIR_FILE_CHANGED',
  'WEIR_FILE_SHORT',
  'WEIR_FILE_NOT_FOUND',
  'WEIR_NOT_A_FILE',
  'WEIR_ADDRESS_IN_USE',
  'WEIR_MODEL_NAME',
  'WEIR_STREAM_HEADER',
  'WEIR_CLOSURE',
  'WEIR_CODEC',
  'WEIR_REGEX',
  'WEIR_STAGE_MODULE',
  'WEIR_UNKNOWN_STAGE',
  'WEIR_OPTION',
]);
