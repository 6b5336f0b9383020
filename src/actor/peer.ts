import { assert, fromErrorData } from '../base/errors.ts';
import type { DeadReason } from './dead-letters.ts';
import type { Envelope } from './envelope.ts';
import {
  ANSWER,
  ASK,
  CREDIT,
  DEAD,
  DISCARD,
  DOWN,
  EXITED,
  FAULT,
  type Frame,
  HELLO,
  KILL,
  REFUSE,
  SPAWN,
  STOP,
  TELL,
  TERMINATED,
  UNWATCH,
  WATCH,
} from './frames.ts';
import { Guests } from './guests.ts';
import type { Remote } from './remote.ts';
import { RemoteAsk, RemoteTell } from './remote-envelopes.ts';
import type { Wire } from './wire.ts';

/** Another node, in one of its lives: the line to it, and what is done with its frames. */
export class Peer {
  readonly number: number;
  readonly wire: Wire;
  /** Which of its lives, once it has said so. */
  life: number | undefined;
  private readonly remote: Remote;
  private readonly guests: Guests;

  constructor(number: number, wire: Wire, remote: Remote) {
    this.number = number;
    this.wire = wire;
    this.remote = remote;
    this.guests = new Guests(remote.node, wire);
  }

  /** Handles one frame of `bytes` bytes. */
  receive(frame: Frame, bytes: number): void {
    const { remote, guests, wire } = this;
    switch (frame[0]) {
      case TELL:
        this.deliver(frame[1], new RemoteTell(frame[2], wire, bytes));
        return;
      case ASK: {
        const path = remote.node.find(frame[1])?.ref.path ?? `${remote.node.number}:${frame[1]}`;
        this.deliver(frame[1], new RemoteAsk(frame[3], wire, bytes, frame[2], path));
        return;
      }
      case ANSWER:
        wire.took(bytes);
        remote.question(frame[1])?.answer(frame[2]);
        return;
      case REFUSE:
        remote.question(frame[1])?.refuse(fromErrorData(frame[2]));
        return;
      case CREDIT:
        wire.credited(frame[1]);
        return;
      case WATCH: {
        const target = frame[1];
        remote.whenHere(
          target,
          (cell) => guests.watch(target, cell),
          () => wire.send([TERMINATED, target, { kind: 'absent' }]),
        );
        return;
      }
      case UNWATCH:
        guests.unwatch(frame[1]);
        return;
      case TERMINATED:
        remote.watches.ended(this.number, frame[1], frame[2]);
        return;
      case SPAWN:
        guests.spawn(frame);
        remote.arrived(frame[1]);
        return;
      case STOP:
        guests.stop(frame[1], frame[2]);
        return;
      case KILL:
        guests.kill(frame[1]);
        return;
      case DISCARD:
        guests.discard(frame[1]);
        return;
      case EXITED:
        remote.exited(frame[1], frame[2]);
        return;
      case DOWN:
        remote.down(frame[1], frame[2], frame[3]);
        return;
      case HELLO:
        this.life = frame[1];
        remote.met(this);
        return;
      case FAULT:
        remote.node.fault(frame[1]);
        return;
      case DEAD:
        remote.onDeadLetters?.(frame[1], frame[2]);
        return;
      default:
        assert(false, `a node knows the frame ${String((frame as unknown[])[0])}`);
    }
  }

  /** The node has died. */
  leave(): void {
    this.wire.close();
    this.guests.leave();
  }

  private deliver(serial: number, envelope: Envelope): void {
    const cell = this.remote.node.find(serial);
    if (cell) cell.tellEnvelope(envelope);
    else {
      this.remote.whenHere(
        serial,
        (late) => late.tellEnvelope(envelope),
        () => this.dead(serial, envelope, 'absent'),
      );
    }
  }

  private dead(serial: number, envelope: Envelope, reason: DeadReason): void {
    const { node } = this.remote;
    envelope.drop(reason);
    node.deadLetters.add({ to: `${node.number}:${serial}`, message: envelope.message, reason });
  }
}
