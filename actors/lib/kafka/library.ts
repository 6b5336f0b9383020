import type * as Library from '@platformatic/kafka';

/** The client library; its part that speaks to a broker is used here, not its consumers and producers. */
export type KafkaLibrary = typeof Library;
export type Connection = Library.Connection;

let loaded: Promise<KafkaLibrary> | undefined;

/** Loads it when it is first needed: a topology without Kafka does without. */
export function kafkaLibrary(): Promise<KafkaLibrary> {
  loaded ??= import('@platformatic/kafka');
  return loaded;
}
