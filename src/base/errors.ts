/** An error as plain data, to cross a thread or a file without losing its code and fields. */
export interface ErrorData {
  name: string;
  message: string;
  code?: string;
  stack?: string;
  data?: Record<string, unknown>;
  cause?: ErrorData;
}

/**
 * What outside code, input or the world can do wrong: a stable code (`WEIR_…`), what happened, where, and what to do.
 * What only a bug of Weir's can cause is an {@link assert} instead.
 */
export class WeirError extends Error {
  readonly code: string;
  readonly data: Record<string, unknown> | undefined;

  constructor(code: string, message: string, options: { cause?: unknown; data?: Record<string, unknown> } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'WeirError';
    this.code = code;
    this.data = options.data;
  }
}

/** Crashes the caller when an invariant of Weir's own does not hold. On in production; never for outside input. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new WeirError('WEIR_ASSERTION', `invariant broken: ${what}`);
}

/** Takes an unknown thrown value apart into plain data. Structured clone alone would lose `code` and `data`. */
export function toErrorData(error: unknown): ErrorData {
  return dataOf(error, MAX_CAUSES);
}

/** As many causes of causes are kept: an error may be its own. */
const MAX_CAUSES = 8;

function dataOf(error: unknown, causes: number): ErrorData {
  if (!(error instanceof Error)) return { name: 'Error', message: messageOf(error) };
  const { name, message, stack, cause } = error;
  const { code, data } = error as { code?: unknown; data?: unknown };
  return {
    name,
    message,
    ...(stack === undefined ? {} : { stack }),
    ...(typeof code === 'string' ? { code } : {}),
    ...(data !== null && typeof data === 'object' ? { data: data as Record<string, unknown> } : {}),
    ...(cause === undefined || causes === 0 ? {} : { cause: dataOf(cause, causes - 1) }),
  };
}

/** Makes an error again of what {@link toErrorData} took apart. An error without a code gets `WEIR_UNKNOWN`. */
export function fromErrorData(data: ErrorData): WeirError {
  const error = new WeirError(data.code ?? 'WEIR_UNKNOWN', data.message, {
    ...(data.cause ? { cause: fromErrorData(data.cause) } : {}),
    ...(data.data ? { data: data.data } : {}),
  });
  if (data.stack !== undefined) error.stack = data.stack;
  return error;
}

/** A coded error that says besides where it was; anything else as it is. */
export function located(where: string, error: unknown): unknown {
  if (!(error instanceof WeirError) || error.message.startsWith(`${where}: `)) return error;
  const { code, data } = error;
  return new WeirError(code, `${where}: ${error.message}`, { cause: error, ...(data === undefined ? {} : { data }) });
}

/** The message of anything thrown, for a log line. */
export function messageOf(error: unknown): string {
  if (error instanceof Error) return error.message;
  try {
    return String(error);
  } catch {
    return 'something was thrown that has no text';
  }
}
