import { messageOf, WeirError } from '#stage';

/** What is wrong before anything is sent. */
const CODES = new Set([
  'ERR_HTTP_TRAILER_INVALID',
  'ERR_INVALID_CHAR',
  'ERR_INVALID_URL',
  'ERR_UNESCAPED_CHARACTERS',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/**
 * `WEIR_HTTP_REQUEST` for an error of `fetch` or `node:https` that says that no such request can be made, which another try does not
 * mend; undefined for one of the network. Of its own words none are told: they show what is in headers and URLs.
 */
export function requestFault(error: unknown, shown: string): WeirError | undefined {
  const { cause = error } = error as { cause?: unknown };
  const { code } = cause as { code?: string };
  const words = messageOf(cause);
  const isBadPort = words === 'bad port';
  // `fetch` puts what the network says beneath a TypeError of its own.
  const isMade = !(error instanceof TypeError) || (cause !== error && !CODES.has(code ?? ''));
  if (isMade && !isBadPort && code !== 'ERR_HTTP_TRAILER_INVALID') return undefined;
  const why = isBadPort
    ? 'the port is one of those that `fetch` refuses to speak to'
    : /header|trailer|ByteString/i.test(words)
      ? 'a header has a name or a value that HTTP does not allow'
      : 'of this URL none can be made';
  return new WeirError('WEIR_HTTP_REQUEST', `${shown}: no request: ${why}`, { data: { permanent: true } });
}
