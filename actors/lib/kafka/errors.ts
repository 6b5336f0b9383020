import { messageOf, WeirError } from '#stage';

/** Codes of Kafka's protocol that are looked at. */
export const CODE = {
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC: 3,
  LEADER_NOT_AVAILABLE: 5,
  NOT_LEADER: 6,
  MESSAGE_TOO_LARGE: 10,
  INVALID_TOPIC: 17,
  RECORD_LIST_TOO_LARGE: 18,
  ILLEGAL_GENERATION: 22,
  INCONSISTENT_GROUP_PROTOCOL: 23,
  UNKNOWN_MEMBER_ID: 25,
  INVALID_SESSION_TIMEOUT: 26,
  REBALANCE_IN_PROGRESS: 27,
  INVALID_TIMESTAMP: 32,
  OUT_OF_ORDER_SEQUENCE: 45,
  DUPLICATE_SEQUENCE: 46,
  INVALID_PRODUCER_EPOCH: 47,
  INVALID_TXN_STATE: 48,
  INVALID_PRODUCER_ID_MAPPING: 49,
  INVALID_TRANSACTION_TIMEOUT: 50,
  CONCURRENT_TRANSACTIONS: 51,
  OPERATION_NOT_ATTEMPTED: 55,
  UNKNOWN_PRODUCER_ID: 59,
  MEMBER_ID_REQUIRED: 79,
  FENCED_INSTANCE_ID: 82,
  INVALID_RECORD: 87,
  PRODUCER_FENCED: 90,
} as const;

const NAMES = new Map(Object.entries(CODE).map(([name, code]) => [code as number, ` (${name})`]));

const DENIED = new Map([
  [29, 'the topic'],
  [30, 'the group'],
  [31, 'the cluster'],
  [53, 'the transactional id'],
]);

const TLS = /^(?:ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|SELF_SIGNED|DEPTH_ZERO|HOSTNAME_MISMATCH|EPROTO)/;

/** An error and all that caused it or is part of it. */
function* within(error: unknown, depth = 0): Generator<Record<string, unknown>> {
  if (error === null || typeof error !== 'object' || depth > 8) return;
  yield error as Record<string, unknown>;
  const { cause, errors } = error as { cause?: unknown; errors?: unknown };
  yield* within(cause, depth + 1);
  if (Array.isArray(errors)) for (const each of errors) yield* within(each, depth + 1);
}

/** The codes of Kafka's protocol that an error of the client bears. */
export function apiCodes(error: unknown): number[] {
  return [...within(error)].map(({ apiCode }) => apiCode).filter((code) => typeof code === 'number');
}

/**
 * What no new try will mend: a refused login, TLS that does not fit, rights that are missing. Undefined for what may pass. `at`
 * is the address, which is told; secrets are in none of this.
 */
export function permanent(error: unknown, at: string): WeirError | undefined {
  for (const each of within(error)) {
    if (each instanceof WeirError && each.data?.permanent === true) return each;
    const code = String(each.code ?? '');
    if (code === 'PLT_KFK_AUTHENTICATION' || each.apiCode === 58 || each.apiCode === 33) {
      return fault(
        'WEIR_KAFKA_AUTH',
        `Kafka at ${at} refused the login: see user name, password and mechanism of sasl`,
        error,
      );
    }
    if (TLS.test(code) || /TLS handshake failed/.test(messageOf(each))) {
      return fault('WEIR_KAFKA_TLS', `no TLS with Kafka at ${at}: ${tlsWords(each)}: see option tls`, error);
    }
    const what = DENIED.get(Number(each.apiCode));
    if (what !== undefined) {
      return fault(
        'WEIR_KAFKA_DENIED',
        `Kafka at ${at} denies access to ${what}: ask its operators for the right`,
        error,
      );
    }
  }
  return undefined;
}

const tlsWords = (error: Record<string, unknown>) => messageOf(error).split('\n')[0]?.slice(0, 200) ?? '';

/** What a broker answered about a partition or the like, by its code. */
export function answered(place: string, code: number): Error {
  return Object.assign(new Error(`${place}: Kafka answers with code ${code}${NAMES.get(code) ?? ''}`), {
    apiCode: code,
  });
}

/** An error that ends the run at once: a restart cannot mend it. */
export function fault(code: string, message: string, cause?: unknown): WeirError {
  return new WeirError(code, message, { ...(cause === undefined ? {} : { cause }), data: { permanent: true } });
}

/** The innermost reason, in few words, for a log line. */
export function reasonOf(error: unknown): string {
  let words = messageOf(error);
  for (const each of within(error)) {
    if (typeof each.apiId === 'string') return each.apiId;
    if (each instanceof Error)
      words = typeof each.code === 'string' && /^E[A-Z]+$/.test(each.code) ? each.code : each.message;
  }
  return words;
}
