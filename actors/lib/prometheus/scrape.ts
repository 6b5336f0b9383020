import { formatBytes, messageOf, WeirError } from '#stage';
import type { Fetcher } from '../http/fetcher.ts';
import { readBody } from '../http/read-body.ts';
import { tryOnce } from '../http/tries.ts';
import { type Format, formatOf } from './exposition.ts';

/** As Prometheus asks; what a target does not know it passes over. */
const ACCEPT = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.1';

export interface ScrapeOptions {
  readonly headers: Record<string, string>;
  readonly timeoutMs: number;
  /** Bytes of an answer at most, decompressed. */
  readonly maxBody: number;
}

/** What a target said, or why it said nothing that can be read. */
export type Scraped = { text: string; format: Format } | { failed: string; isLogin?: boolean; malformed?: boolean };

interface Around {
  readonly context: { after(ms: number, task: () => void): () => void };
  readonly signal: AbortSignal;
}

/** Asks a target once. */
export async function scrape(url: string, options: ScrapeOptions, fetcher: Fetcher, around: Around): Promise<Scraped> {
  const { headers, timeoutMs, maxBody } = options;
  const asking = {
    Accept: ACCEPT,
    'X-Prometheus-Scrape-Timeout-Seconds': String(timeoutMs / 1000),
    ...headers,
  };
  const how = { ...around, timeout: timeoutMs, ask: fetcher.ask };
  try {
    const judge = (response: Response) => judged(response, maxBody);
    const found = await tryOnce<Scraped>(url, { headers: asking }, judge, how);
    return 'again' in found ? { failed: found.again } : found;
  } catch (error) {
    if (error instanceof WeirError && error.code === 'WEIR_TLS') return { failed: error.message };
    throw error;
  }
}

async function judged(response: Response, maxBody: number): Promise<Scraped> {
  const { status } = response;
  if (status !== 200) {
    // Unread, the answer would keep its connection.
    await response.body?.cancel();
    return { failed: `it answers with ${status}`, isLogin: status === 401 || status === 403 };
  }
  const body = await readBody(response, maxBody);
  if (body === undefined) {
    return { failed: `an answer of more than ${formatBytes(maxBody)} (maxBody)`, malformed: true };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return { text, format: formatOf(response.headers.get('content-type')) };
  } catch (error) {
    return { failed: `it is not UTF-8: ${messageOf(error)}`, malformed: true };
  }
}
