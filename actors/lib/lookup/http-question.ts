import { messageOf, type OperatorContext, prng, WeirError } from '#stage';
import type { Fetcher } from '../http/fetcher.ts';
import { oneLine, shownUrl } from '../http/shown.ts';
import { backoffMs, mayPass, tryOnce, wait } from '../http/tries.ts';
import type { TlsFiles } from '../sockets/tls.ts';
import type { Answer } from './answer-line.ts';

export interface HttpOptions {
  readonly headers: Record<string, string>;
  /** Milliseconds for each try. */
  readonly timeout: number;
  readonly retries: number;
  readonly tls?: TlsFiles | undefined;
}

const LONGEST_WAIT_MS = 10_000;
/** A longer answer is no row to look up. */
const LONGEST_ANSWER = 1 << 20;
const CODE = 'WEIR_LOOKUP_HTTP';

type Try = Answer | { again: string };

/**
 * Asks a web server by GET. 404, 410 and 204 mean that there is nothing; 408, 425, 429, 5xx, network errors and timeouts are
 * tried again, after waits that grow; all else that is not 2xx with JSON fails at once.
 */
export async function askHttp(
  url: string,
  options: HttpOptions,
  context: OperatorContext,
  signal: AbortSignal,
  ask: Fetcher['ask'],
): Promise<Answer> {
  if (!URL.canParse(url)) return { failed: 'what comes of url is no URL', code: CODE };
  const shown = shownUrl(url);
  const random = prng(url);
  for (let attempt = 0; ; attempt++) {
    const headers = { Accept: 'application/json', ...options.headers };
    const { timeout } = options;
    const tried = await tryOnce<Try>(url, { headers }, (response) => judge(shown, response), {
      timeout,
      context,
      signal,
      ask,
    }).catch(failedBy);
    if (!('again' in tried)) return tried;
    if (attempt >= options.retries || signal.aborted) {
      return { failed: `${shown}: ${tried.again}, in ${attempt + 1} tries`, code: CODE };
    }
    await wait(context, backoffMs(attempt, LONGEST_WAIT_MS, random), signal);
  }
}

/** TLS that does not fit is so the next time: the question has failed. */
function failedBy(error: unknown): Try {
  if (error instanceof WeirError) return { failed: error.message, code: CODE };
  throw error;
}

async function judge(shown: string, response: Response): Promise<Try> {
  const { status } = response;
  if (status === 200) return parsed(shown, await textOf(response));
  // Unread, the answer would keep its connection.
  await response.body?.cancel();
  if ([204, 404, 410].includes(status)) return { found: null };
  if (mayPass(status)) return { again: `status ${status}` };
  return { failed: `${shown}: status ${status}`, code: CODE };
}

function parsed(shown: string, text: string | undefined): Answer {
  if (text === undefined) return { failed: `${shown}: the answer has more than ${LONGEST_ANSWER} bytes`, code: CODE };
  try {
    return { found: JSON.parse(text) };
  } catch (error) {
    return { failed: `${shown}: the answer is no JSON: ${oneLine(messageOf(error))}`, code: CODE };
  }
}

async function textOf(response: Response): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > LONGEST_ANSWER) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
