import type { Clock } from '../world/clock.ts';
import { LocalAsk } from './ask.ts';
import type { Envelope } from './envelope.ts';
import { ActorRef, ASK_TIMEOUT_MS, type AskOptions } from './ref.ts';

/** What an address on this thread leads to. */
export interface Receiver {
  tell(message: unknown): boolean;
  tellEnvelope(envelope: Envelope): void;
}

/** The address of an actor on this thread. */
export class LocalRef extends ActorRef {
  private readonly receiver: Receiver;
  private readonly clock: Clock;

  constructor(node: number, serial: number, path: string, receiver: Receiver, clock: Clock) {
    super(node, serial, path);
    this.receiver = receiver;
    this.clock = clock;
  }

  tell(message: unknown): boolean {
    return this.receiver.tell(message);
  }

  ask<A>(message: unknown, options: AskOptions = {}): Promise<A> {
    const ask = new LocalAsk(message, this.path, options.timeoutMs ?? ASK_TIMEOUT_MS, this.clock);
    this.receiver.tellEnvelope(ask);
    return ask.question.answered as Promise<A>;
  }
}
