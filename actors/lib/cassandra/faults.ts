import { messageOf, WeirError } from '#stage';
import type { Judgement } from '../delivery/persist.ts';

/** What an error of the driver means. */
export interface Fault extends Judgement {
  /** It is the fault of what was sent, such as a value that the column does not take. */
  readonly ofRow: boolean;
}

/** Codes of the protocol's answers (native_protocol_v5.spec, 8). */
const PASSING = new Set([0x0000, 0x1000, 0x1001, 0x1002, 0x1003, 0x1100, 0x1200, 0x1300, 0x1500]);
const BAD_CREDENTIALS = 0x0100;
const UNAUTHORIZED = 0x2100;
const INVALID = 0x2200;

interface DriverError {
  readonly name?: string;
  readonly code?: number | string;
  readonly innerErrors?: Readonly<Record<string, unknown>>;
}

const TLS = /^(ERR_SSL|ERR_TLS|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
const NO_TABLE = /unconfigured table|does not exist|Undefined column|Unknown identifier/i;

/** Looks at an error of the driver. `where` names the cluster, without what is secret. */
export function faultOf(cause: unknown, where: string): Fault {
  const all = [cause, ...Object.values((cause as DriverError)?.innerErrors ?? {})] as DriverError[];
  const make = (passing: boolean, code: string, what: string, ofRow = false): Fault => ({
    passing,
    ofRow,
    error: new WeirError(code, `${where}: ${what}`, { cause, data: { permanent: !passing && !ofRow } }),
    why: what,
  });
  const login = all.find(({ name, code }) => name === 'AuthenticationError' || code === BAD_CREDENTIALS);
  if (login !== undefined) {
    return make(false, 'WEIR_CASSANDRA_LOGIN', `it does not let us in (${messageOf(login)}): check user and password`);
  }
  const tls = all.find(({ code }) => typeof code === 'string' && TLS.test(code));
  if (tls !== undefined) {
    const advice = 'check the option tls, and whether the nodes speak TLS on this port';
    return make(false, 'WEIR_CASSANDRA_TLS', `no TLS with it (${messageOf(tls).trim()}): ${advice}`);
  }
  const centre = all.find(({ name }) => name === 'ArgumentError');
  if (centre !== undefined) {
    return make(false, 'WEIR_CASSANDRA_CONNECT', `${messageOf(centre)}: name one of them as localDataCenter`);
  }
  const { name, code } = cause as DriverError;
  const text = messageOf(cause);
  if (name === 'NoHostAvailableError') return make(true, 'WEIR_CASSANDRA_CONNECT', unreachable(all.slice(1), text));
  if (name === 'OperationTimedOutError' || name === 'BusyConnectionError' || typeof code === 'string') {
    return make(true, 'WEIR_CASSANDRA_CONNECT', text);
  }
  if (name === 'ResponseError') {
    if (PASSING.has(code as number)) return make(true, 'WEIR_CASSANDRA_BUSY', text);
    if (code === UNAUTHORIZED)
      return make(false, 'WEIR_CASSANDRA_LOGIN', `${text}: grant it, or log in as another user`);
    const ofTable = NO_TABLE.test(text);
    if (code === INVALID && !ofTable) return make(false, 'WEIR_CASSANDRA_VALUE', text, true);
    return make(false, ofTable ? 'WEIR_CASSANDRA_TABLE' : 'WEIR_CASSANDRA_CQL', text);
  }
  if (name === 'TypeError' || name === 'RangeError') return make(false, 'WEIR_CASSANDRA_VALUE', text, true);
  return make(true, 'WEIR_CASSANDRA_CONNECT', text);
}

function unreachable(inner: readonly unknown[], text: string): string {
  const reasons = [...new Set(inner.map(messageOf))].join('; ');
  return `no node can be reached (${reasons || text}): check that it runs, and contactPoints`;
}
