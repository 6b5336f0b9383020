import { CODE } from './errors.ts';

/** Why a broker takes nothing more from who writes. */
export const FATAL: ReadonlyMap<number, string> = new Map([
  [
    CODE.INVALID_PRODUCER_EPOCH,
    'another run writes under the same transactional id, or the transaction was open for too long',
  ],
  [
    CODE.PRODUCER_FENCED,
    'another run writes under the same transactional id, or the transaction was open for too long',
  ],
  [CODE.INVALID_TXN_STATE, 'the transaction is not open any more'],
  [CODE.INVALID_PRODUCER_ID_MAPPING, 'the transactional id is not known any more'],
  [CODE.OUT_OF_ORDER_SEQUENCE, 'batches before it are missing'],
  [CODE.UNKNOWN_PRODUCER_ID, 'the broker does not know who writes any more'],
]);

/** Why a broker refuses a batch for what is in it: sent again it would be refused again. */
export interface Refusal {
  readonly code: string;
  readonly why: string;
  /** Fewer records at once may pass. */
  readonly isTooLarge: boolean;
}

const tooLarge = (why: string): Refusal => ({ code: 'WEIR_KAFKA_TOO_LARGE', why, isTooLarge: true });
const refused = (why: string): Refusal => ({ code: 'WEIR_KAFKA_REFUSED', why, isTooLarge: false });

export const REFUSALS: ReadonlyMap<number, Refusal> = new Map([
  [CODE.MESSAGE_TOO_LARGE, tooLarge('max.message.bytes of the topic allows no more')],
  [CODE.RECORD_LIST_TOO_LARGE, tooLarge('segment.bytes of the topic allows no more')],
  [
    CODE.INVALID_TIMESTAMP,
    refused('its time is further from the broker’s than message.timestamp.before.max.ms or .after.max.ms of the topic'),
  ],
  [CODE.INVALID_RECORD, refused('it is not valid there, as one without a key where the topic is compacted')],
]);
