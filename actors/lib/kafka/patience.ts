import { WeirError } from '#stage';
import { Outage, type OutageHost } from '../delivery/outage.ts';
import type { Judgement, Patience } from '../delivery/persist.ts';
import { wait } from '../http/tries.ts';
import type { KafkaClient } from './client.ts';
import { permanent, reasonOf } from './errors.ts';

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
    judge: (cause) => judge(cause, client.address),
    random: Math.random,
  };
}

function judge(cause: unknown, at: string): Judgement {
  const why = reasonOf(cause);
  const error = cause instanceof WeirError ? cause : permanent(cause, at);
  if (error !== undefined) return { passing: false, error, why };
  const away = new WeirError('WEIR_KAFKA_CONNECT', `Kafka at ${at} cannot be reached: ${why}`, { cause });
  return { passing: true, error: away, why };
}
