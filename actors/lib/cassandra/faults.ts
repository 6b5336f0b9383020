import { messageOf, WeirError } from '#stage';
import type { Judgement } from '../delivery/persist.ts';

/** What an error of the driver means. */
export interface Fault extends Judgement {
  /** It is the fault of what was sent, such as a value that the column does not take. */
  readonly ofRow: boolean;
}

/** Codes of the protocol's answers (native_protocol_v5.spec, 8). */
const PASSING = new Set([0x0000, 0x1001, 0x1002, 0x1003, 0x1100, 0x1200, 0x1500]);
const BAD_CREDENTIALS = 0x0100;
const UNAUTHORIZED = 0x2100;
const INVALID = 0x2200;
const UNAVAILABLE = 0x1000;
const READ_FAILURE = 0x1300;
const UNPREPARED = 0x2500;

const OF_REPLICAS = 'check the nodes, consistency, and how many replicas the keyspace has';
const OF_READ =
  "its log says why; often more than 100,000 tombstones, which a compaction after the table's gc_grace_seconds drops";
/** The driver prepares a statement anew that a node has forgotten: that it could not is what it is told by. */
const CHANGED = 'the table was changed or dropped: its statements cannot be prepared any more';

interface DriverError {
  readonly name?: string;
  readonly code?: number | string;
  readonly innerErrors?: Readonly<Record<string, unknown>>;
}

const TLS = /^(ERR_SSL|ERR_TLS|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;
const NO_TABLE = /unconfigured table|does not exist|Undefined column|Unknown identifier|ALLOW FILTERING/i;

/** Looks at an error of the driver. `where` names the cluster, without what is secret. */
export function faultOf(cause: unknown, where: string): Fault {
  const inner = Object.values((cause as DriverError)?.innerErrors ?? {});
  const all = [cause, ...inner] as DriverError[];
  const make = (
    passing: boolean,
    code: string,
    what: string,
    ofRow = false,
    permanent = !passing && !ofRow,
  ): Fault => ({
    passing,
    ofRow,
    error: new WeirError(code, `${where}: ${what}`, { cause, data: { permanent } }),
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
  // What a node has answered says more than that no other one took the question.
  const told = all.find(({ name }) => name === 'ResponseError') ?? (cause as DriverError);
  const { name, code } = told;
  const text = messageOf(told);
  if (name === 'NoHostAvailableError') return make(true, 'WEIR_CASSANDRA_CONNECT', unreachable(inner, text));
  if (name === 'OperationTimedOutError' || name === 'BusyConnectionError' || typeof code === 'string') {
    return make(true, 'WEIR_CASSANDRA_CONNECT', text);
  }
  if (name === 'ResponseError') {
    if (code === READ_FAILURE) return make(true, 'WEIR_CASSANDRA_READ', `${text}: ${OF_READ}`, false, true);
    if (code === UNAVAILABLE) return make(true, 'WEIR_CASSANDRA_BUSY', `${text}: ${OF_REPLICAS}`);
    if (code === UNPREPARED) return make(false, 'WEIR_CASSANDRA_TABLE', CHANGED, false, false);
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

/** `text` of the driver says nothing when all nodes are marked as down, and none is tried. */
function unreachable(inner: readonly unknown[], text: string): string {
  const reasons = [...new Set(inner.map(messageOf))].join('; ');
  const other = text.startsWith('All host(s) tried') ? 'connections to all of them are lost' : text;
  return `no node can be reached (${reasons || other}): check that it runs, and contactPoints`;
}
