import { WeirError } from '#stage';
import { Outage, type OutageHost } from '../delivery/outage.ts';
import { wait } from '../http/tries.ts';
import { Backoff } from './backoff.ts';
import type { KafkaClient } from './client.ts';
import { permanent, reasonOf } from './errors.ts';

/** How a task goes on when it fails: pauses, and until when. */
export interface Patience {
  readonly outage: Outage;
  now(): number;
  closed(): boolean;
  pause(ms: number): Promise<void>;
  /** How often it is tried; default for ever. */
  readonly tries?: number;
}

interface Host extends OutageHost {
  after(ms: number, task: () => void): () => void;
}

/** Patience until `signal` comes, which also ends a pause: a broker that is away must not hold up the end. */
export function patienceOf(client: KafkaClient, host: Host, signal: AbortSignal): Patience {
  return {
    outage: new Outage(`Kafka at ${client.address}`, host),
    now: () => host.now(),
    closed: () => signal.aborted,
    pause: (ms) => wait(host, ms, signal),
  };
}

/** Tries again until it succeeds, is closed, or an error is one that stays. */
export async function persist<T>(client: KafkaClient, patience: Patience, task: () => Promise<T>): Promise<T> {
  const { outage, tries = Number.POSITIVE_INFINITY } = patience;
  const backoff = new Backoff();
  for (;;) {
    const began = patience.now();
    try {
      const result = await task();
      outage.passed(backoff);
      return result;
    } catch (error) {
      if (patience.closed()) throw error;
      const found = error instanceof WeirError ? error : permanent(error, client.address);
      if (found !== undefined) throw found;
      const pause = backoff.next();
      if (backoff.tries >= tries) {
        const what = `Kafka at ${client.address} cannot be reached: ${reasonOf(error)}`;
        throw new WeirError('WEIR_KAFKA_CONNECT', what, { cause: error });
      }
      outage.failed(backoff, backoff.tries, reasonOf(error), began);
      await patience.pause(pause);
    }
  }
}
