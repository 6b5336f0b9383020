import { Later } from './behaviour.ts';
import type { Envelope } from './envelope.ts';

/**
 * Makes an answer of what a handler returned, if it was asked: a value, a refusal, or something to come. Returns a promise
 * when the actor has to wait: it rejects when the handler failed after all, and the message is answered by then.
 */
export function settle(result: object, envelope: Envelope | undefined): Promise<void> | undefined {
  if (result instanceof Later) {
    result.answer.then(
      (answer) => envelope?.answer(answer),
      (error) => envelope?.refuse(error),
    );
  } else if (isPromise(result)) return waited(result, envelope);
  else if (result instanceof Error) envelope?.refuse(result);
  else envelope?.answer(result);
  return undefined;
}

function isPromise(result: object): result is PromiseLike<unknown> {
  return typeof (result as Partial<PromiseLike<unknown>>).then === 'function';
}

async function waited(result: PromiseLike<unknown>, envelope: Envelope | undefined): Promise<void> {
  try {
    const value = await result;
    if (typeof value === 'object' && value !== null) settle(value, envelope);
    else envelope?.answer(value);
  } catch (error) {
    envelope?.refuse(error);
    throw error;
  }
}
