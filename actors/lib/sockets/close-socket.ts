import type { Socket } from 'node:dgram';

/** Closes a socket for datagrams, also one that was never bound. */
export async function closeSocket(socket: Socket | undefined): Promise<void> {
  if (socket === undefined) return;
  await new Promise<void>((resolve) => {
    try {
      socket.close(() => resolve());
    } catch {
      // It was never bound.
      resolve();
    }
  });
}
