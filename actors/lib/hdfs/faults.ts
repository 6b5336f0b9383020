import { messageOf, WeirError } from '#stage';
import type { Judgement } from '../delivery/persist.ts';
import { oneLine } from '../http/shown.ts';

/** What the NameNode or a DataNode says is wrong. */
export class RemoteFault extends Error {
  readonly exception: string;
  readonly status: number;

  constructor(exception: string, message: string, status: number) {
    super(message);
    this.exception = exception;
    this.status = status;
  }
}

const LOGIN = new Set([
  'AccessControlException',
  'SecurityException',
  'AuthorizationException',
  'AuthenticationException',
]);
/** A request that is wrong is so the next time. */
const WRONG = new Set([
  'IllegalArgumentException',
  'UnsupportedOperationException',
  'FileAlreadyExistsException',
  'ParentNotDirectoryException',
  'PathIsNotEmptyDirectoryException',
  'NSQuotaExceededException',
  'DSQuotaExceededException',
  'InvalidPathException',
]);
const TLS = /^(ERR_SSL|ERR_TLS|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HPE_)/;

export const isMissing = (error: unknown): boolean =>
  (error instanceof RemoteFault && error.exception === 'FileNotFoundException') ||
  (error instanceof WeirError && error.code === 'WEIR_FILE_NOT_FOUND');

/** The error for a fault, and whether it may be otherwise the next time. */
export function faultOf(cause: unknown, where: string): Judgement {
  if (cause instanceof WeirError) return { passing: false, error: cause, why: messageOf(cause) };
  const make = (passing: boolean, code: string, what: string) => ({
    passing,
    error: new WeirError(code, `${where}: ${oneLine(what)}`, { cause, data: { permanent: !passing } }),
    why: oneLine(what),
  });
  const text = messageOf(cause).split('\n')[0] as string;
  if (cause instanceof RemoteFault) {
    const { exception, status } = cause;
    if (isMissing(cause)) return make(false, 'WEIR_FILE_NOT_FOUND', text);
    if (
      LOGIN.has(exception) ||
      status === 401 ||
      (status === 403 && exception === '') ||
      /token .*(expired|can't be found)|InvalidToken/i.test(text)
    ) {
      return make(false, 'WEIR_HDFS_LOGIN', `it does not let us (${text}): check user, token and permissions`);
    }
    if (WRONG.has(exception)) return make(false, 'WEIR_HDFS_REFUSED', `${exception}: ${text}`);
    if (status === 404) return make(false, 'WEIR_HDFS_CONNECT', 'no WebHDFS answers there: check nameNode');
    return make(true, 'WEIR_HDFS_BUSY', exception === '' ? text : `${exception}: ${text}`);
  }
  if (cause instanceof SyntaxError || cause instanceof TypeError) {
    return make(true, 'WEIR_HDFS_CONNECT', `what answers there is no WebHDFS (${text}): check nameNode`);
  }
  const { code } = cause as { code?: unknown };
  if (typeof code === 'string' && TLS.test(code)) {
    return make(false, 'WEIR_HDFS_TLS', `no HTTP with it (${text}): check http or https in nameNode`);
  }
  return make(true, 'WEIR_HDFS_CONNECT', `it cannot be reached (${text}): check that it runs, and nameNode`);
}
