import type { ErrorData } from '../base/errors.ts';
import type { Link } from '../world/link.ts';
import { Question, undelivered } from './ask.ts';
import type { Cell } from './cell.ts';
import type { Owner } from './child.ts';
import { Codec } from './codec.ts';
import type { DeadLetter, DeadReason } from './dead-letters.ts';
import { Early } from './early.ts';
import type { ExitReason } from './exit.ts';
import { ACTOR_CHANNEL, ASK, type Frame, HELLO, TELL } from './frames.ts';
import { LateReceiver } from './late-receiver.ts';
import { LocalRef } from './local-ref.ts';
import type { ActorNode } from './node.ts';
import { Peer } from './peer.ts';
import type { ActorRef } from './ref.ts';
import { RemoteChild } from './remote-child.ts';
import { RemoteRef } from './remote-ref.ts';
import { RemoteWatches } from './remote-watches.ts';
import type { FullSpec } from './spec.ts';
import { Wire } from './wire.ts';

/** A node's dealings with the others: links to them, its actors' children, questions and watches there. */
export class Remote {
  readonly node: ActorNode;
  readonly watches: RemoteWatches;
  /** Called with samples of the dead letters of another node, and how many there were. */
  onDeadLetters: ((count: number, letters: DeadLetter[]) => void) | undefined;
  private readonly linkBytes: number;
  /** The system has stopped. */
  stopped = false;
  private readonly codec: Codec;
  private readonly early: Early;
  private readonly peers: (Peer | undefined)[] = [];
  /** By node, the last life that is known to be over. */
  private readonly over: { life: number; error: ErrorData }[] = [];
  private readonly children = new Map<number, RemoteChild>();
  private readonly questions = new Map<number, { question: Question; ref: ActorRef }>();
  private lastQuestion = 0;
  /** The highest number under which each node has had an actor started here. */
  private readonly highest: number[] = [];

  constructor(node: ActorNode, linkBytes: number) {
    this.node = node;
    this.linkBytes = linkBytes;
    this.codec = new Codec((number, serial, path) => this.refTo(number, serial, path));
    this.watches = new RemoteWatches(this);
    this.early = new Early(node.clock);
  }

  /** Takes a link to a node into use: the first, or one to its next life. */
  connect(number: number, link: Link): void {
    const message = `host ${number - 1} was replaced`;
    this.disconnect(number, { name: 'WeirError', code: 'WEIR_HOST_DOWN', message });
    const peer = new Peer(number, new Wire(link, this.codec, this.linkBytes), this);
    this.peers[number] = peer;
    peer.wire.send([HELLO, this.node.incarnation]);
    link.onFrame = (channel, bytes) => {
      if (channel === ACTOR_CHANNEL) peer.receive(this.codec.unpack(bytes), bytes.length);
    };
    for (const child of this.children.values()) if (child.ref.node === number) child.nodeUp();
  }

  /** A node has died: all that was there has ended. */
  disconnect(number: number, error: ErrorData): void {
    const peer = this.peers[number];
    if (!peer) return;
    this.peers[number] = undefined;
    peer.leave();
    for (const { question, ref } of [...this.questions.values()]) {
      if (ref.node === number) question.refuse(undelivered(this.unreachable, ref.path));
    }
    this.watches.nodeDown(number, error);
    for (const child of [...this.children.values()]) if (child.ref.node === number) child.nodeDown(error);
  }

  /** The system has stopped: no node is reached any more. */
  stop(): void {
    this.stopped = true;
    const error = { name: 'WeirError', code: 'WEIR_SYSTEM_STOPPED', message: 'the actor system has stopped' };
    for (const peer of this.peers) if (peer) this.disconnect(peer.number, error);
  }

  /** The main thread says that a life of a node is over. Its successor's link may have been quicker. */
  down(number: number, life: number, error: ErrorData): void {
    this.over[number] = { life, error };
    const peer = this.peers[number];
    if (peer) this.met(peer);
  }

  /** A node has said which life it is in; or of one that has, something else is known. */
  met(peer: Peer): void {
    const over = this.over[peer.number];
    if (over && peer.life !== undefined && peer.life <= over.life) this.disconnect(peer.number, over.error);
  }

  /** Sends a frame of the system's own. False when the node is down. */
  send(number: number, frame: Frame): boolean {
    const peer = this.peers[number];
    peer?.wire.send(frame);
    return peer !== undefined;
  }

  tell(ref: ActorRef, message: unknown): boolean {
    const peer = this.peers[ref.node];
    if (!peer) return this.dead(ref, message, this.unreachable);
    if (peer.wire.full) return this.dead(ref, message, 'link-full');
    peer.wire.message([TELL, ref.serial, message]);
    return true;
  }

  ask(ref: ActorRef, message: unknown, timeoutMs: number): Promise<unknown> {
    const question = new Question(ref.path, timeoutMs, this.node.clock);
    const peer = this.peers[ref.node];
    const reason = !peer ? this.unreachable : peer.wire.full ? 'link-full' : undefined;
    if (!peer || reason) {
      question.refuse(undelivered(reason!, ref.path));
      this.dead(ref, message, reason!);
      return question.answered;
    }
    const number = ++this.lastQuestion;
    this.questions.set(number, { question, ref });
    question.onSettled = () => this.questions.delete(number);
    try {
      peer.wire.message([ASK, ref.serial, number, message]);
    } catch (error) {
      // What cannot be packed: a function, an object that contains itself.
      question.refuse(error);
    }
    return question.answered;
  }

  /** The question under this number, unless it is settled. */
  question(number: number): Question | undefined {
    return this.questions.get(number)?.question;
  }

  /** Makes a child that lives on another node. */
  child(owner: Owner, parent: ActorRef | undefined, spec: FullSpec, serial: number, path: string): RemoteChild {
    const child = new RemoteChild(this, owner, parent, spec, serial, path);
    this.children.set(serial, child);
    return child;
  }

  forget(child: RemoteChild): void {
    this.children.delete(child.ref.serial);
  }

  /** A child on another node has ended. */
  exited(serial: number, reason: ExitReason): void {
    this.children.get(serial)?.exited(reason);
  }

  /** Calls `deliver` with an actor of this thread, now or when it comes; `giveUp` when it has ended or does not come. */
  whenHere(serial: number, deliver: (cell: Cell) => void, giveUp: () => void): void {
    const cell = this.node.find(serial);
    const giver = this.node.giverOf(serial);
    if (cell) deliver(cell);
    else if (giver === this.node.number || serial <= (this.highest[giver] ?? 0)) giveUp();
    else this.early.hold(serial, () => this.whenHere(serial, deliver, giveUp), giveUp);
  }

  /** An actor of another node's has been started here. */
  arrived(serial: number): void {
    const giver = this.node.giverOf(serial);
    this.highest[giver] = Math.max(this.highest[giver] ?? 0, serial);
    this.early.arrived(serial);
  }

  private get unreachable(): DeadReason {
    return this.stopped ? 'stopped' : 'host-down';
  }

  private refTo(number: number, serial: number, path: string): ActorRef {
    if (number !== this.node.number) return new RemoteRef(number, serial, path, this);
    const receiver = new LateReceiver(this, serial, path);
    return this.node.find(serial)?.ref ?? new LocalRef(number, serial, path, receiver, this.node.clock);
  }

  private dead(ref: ActorRef, message: unknown, reason: DeadReason): false {
    this.node.deadLetters.add({ to: ref.path, message, reason });
    return false;
  }
}
