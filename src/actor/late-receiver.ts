import type { Envelope } from './envelope.ts';
import type { Receiver } from './local-ref.ts';
import type { Remote } from './remote.ts';

/** Where an address of this thread leads whose actor was not here when the address came: not yet, or not any more. */
export class LateReceiver implements Receiver {
  private readonly remote: Remote;
  private readonly serial: number;
  private readonly path: string;

  constructor(remote: Remote, serial: number, path: string) {
    this.remote = remote;
    this.serial = serial;
    this.path = path;
  }

  tell(message: unknown): boolean {
    let taken = true;
    this.remote.whenHere(
      this.serial,
      (cell) => {
        taken = cell.tell(message);
      },
      () => {
        taken = false;
        this.remote.node.deadLetters.add({ to: this.path, message, reason: 'absent' });
      },
    );
    return taken;
  }

  tellEnvelope(envelope: Envelope): void {
    this.remote.whenHere(
      this.serial,
      (cell) => cell.tellEnvelope(envelope),
      () => {
        envelope.drop('absent');
        this.remote.node.deadLetters.add({ to: this.path, message: envelope.message, reason: 'absent' });
      },
    );
  }
}
