import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { RemoteFault } from './faults.ts';

/** More of an answer than this is no JSON of WebHDFS that we ask for. */
const MOST_JSON = 256 * 2 ** 20;

const agents = {
  'http:': new Agent({ keepAlive: true, maxSockets: 64 }),
  'https:': new SecureAgent({ keepAlive: true, maxSockets: 64 }),
};

/** What a request sends: bytes, or pieces of them, which are made anew for each try. */
export type Body = Uint8Array | (() => AsyncIterable<Uint8Array>);

/**
 * One request by node:http; resolves with an answer of 2xx. Not by fetch: a DataNode says `100 Continue` without being asked,
 * which fetch takes for a broken answer (nodejs/undici#197). Rejects with a {@link RemoteFault}, or with what the network says.
 */
export function send(
  method: string,
  url: URL,
  timeoutMs: number,
  body?: Body,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const agent = agents[url.protocol as 'http:'];
    const ask = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const isBytes = body instanceof Uint8Array;
    const headers = { 'Content-Type': 'application/octet-stream', ...(isBytes && { 'Content-Length': body.length }) };
    const request = ask(url, {
      method,
      agent,
      ...(signal && { signal }),
      timeout: timeoutMs,
      headers: body === undefined ? {} : headers,
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    request.on('error', reject);
    request.on('response', (response) => {
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) resolve(response);
      else faultIn(response, statusCode).then(reject, reject);
    });
    if (body === undefined || isBytes) request.end(body);
    else pour(body(), request).catch((error) => request.destroy(error));
  });
}

async function pour(pieces: AsyncIterable<Uint8Array>, request: ReturnType<typeof httpRequest>): Promise<void> {
  for await (const piece of pieces) {
    if (request.destroyed) return;
    // The piece may be overwritten when the next is asked for.
    await new Promise<void>((resolve) => request.write(piece, () => resolve()));
  }
  request.end();
}

/** All of an answer. */
export async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_JSON) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function faultIn(response: IncomingMessage, status: number): Promise<RemoteFault> {
  const text = (await bytesOf(response)).toString('utf8');
  try {
    const { exception, message } = JSON.parse(text).RemoteException;
    return new RemoteFault(String(exception), String(message), status);
  } catch {
    return new RemoteFault('', `status ${status} ${text.slice(0, 200)}`.trim(), status);
  }
}
