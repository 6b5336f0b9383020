import type { Socket } from 'node:net';

/** What the correlation id takes, without which no answer is one. */
const LEAST = 4;

/**
 * Ends a connection whose peer announces an answer of more than `most` bytes, or none at all: who collects it does so to the end.
 * `tell` has the reason before the connection is closed.
 */
export function guardFrames(socket: Socket, most: number, where: string, tell: (reason: Error) => void): void {
  const head = Buffer.alloc(4);
  let known = 0;
  let left = 0;
  const look = (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; ) {
      const step = Math.min(left, chunk.length - at);
      left -= step;
      at += step;
      if (at === chunk.length) return;
      head[known++] = chunk[at++] as number;
      if (known < head.length) continue;
      known = 0;
      left = head.readUInt32BE();
      if (left >= LEAST && left <= most) continue;
      const reason = new Error(`what answers at ${where} is no Kafka, or sends ${left} bytes at once`);
      tell(reason);
      socket.off('data', look);
      socket.destroy(reason);
      return;
    }
  };
  socket.on('data', look);
}
