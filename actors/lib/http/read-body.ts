import { unpack } from '../packed/unpack.ts';

const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);

/**
 * The body of an answer, decompressed; undefined when it has more than `max` bytes, of which the rest is not read. What cannot be
 * unpacked is given as it is: the codec says what is wrong with it.
 */
export async function readBody(response: Response, max: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    // Leaving the loop ends the connection.
    if (length > max) return undefined;
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  // Gzip, deflate and brotli are unpacked by `fetch`, zstd only by that of newer versions of Node.
  const isZstd = response.headers.get('content-encoding') === 'zstd' && body.subarray(0, 4).equals(ZSTD);
  if (!isZstd) return body;
  const plain = unpack(body, 'zstd', max);
  if (Buffer.isBuffer(plain)) return plain;
  return plain.tooLarge ? undefined : body;
}
