import { ZstdError, ZstdStream } from '../zstd/zstd-stream.ts';
import type { PackedFault } from './salvage.ts';

/** Unpacks a file of zstd as its bytes come, a block at a time; in the end tells what it found wrong with it. */
export async function* unzstd(
  raw: AsyncIterable<Buffer>,
  onRead: (packed: number) => void,
  onEnd: (fault: PackedFault | undefined) => void,
): AsyncGenerator<Buffer> {
  const stream = new ZstdStream();
  let size = 0;
  try {
    for await (const bytes of raw) {
      size += bytes.length;
      onRead(size);
      stream.push(bytes);
      for (let piece = stream.next(); piece !== undefined; piece = stream.next()) yield Buffer.from(piece);
    }
  } catch (error) {
    if (!(error instanceof ZstdError)) throw error;
    const { offset } = stream;
    if (error.isOutside && offset > 0) onEnd({ what: 'what follows is no part of the zstd data', offset, torn: false });
    else onEnd({ what: error.message, offset, torn: true });
    return;
  }
  onEnd(stream.isWhole ? undefined : { what: 'it ends too early', offset: size, torn: true });
}
