import type { SourceContext } from '#stage';
import type { Outage } from '../delivery/outage.ts';
import { wait } from '../http/tries.ts';
import { deal } from './assignor.ts';
import { Backoff } from './backoff.ts';
import { KafkaClient } from './client.ts';
import { apiCodes, CODE, fault, permanent, reasonOf } from './errors.ts';
import { readAssignment, readSubscription, writeAssignment, writeSubscription } from './group-messages.ts';
import { kafkaLibrary } from './library.ts';
import { splitId } from './partition-feed.ts';
import type { ReaderOptions } from './reader.ts';
import { topicsOf } from './splits.ts';

/** How consumers of all makes that give up only what moves call their rule. */
const PROTOCOL = 'cooperative-sticky';
/** A member says that it is there so many times a session. */
const BEATS = 10;
/** An answer to a join comes when all others have joined too, which they are given a session for. */
const SLACK_MS = 5000;

/** What has been agreed on about who reads what. */
export interface Membership {
  readonly member: string;
  readonly generation: number;
}

/** The one that reads: it is told what is its to read. */
export interface Follower {
  /** What it reads now, also what it is about to give up. */
  owned(): string[];
  /** All that falls to it. What it reads besides is to be given up: `again` is called when it has been. */
  assign(partitions: ReadonlySet<string>, again: () => void): void;
  /** The group has gone on without it: others may read what it had. */
  lost(): void;
}

/**
 * Membership of one process in a consumer group: joins, says that it lives, deals out the partitions when it falls to it to do so, and
 * joins anew when others come or go. While that goes on it keeps reading what stays with it.
 */
export class GroupMember {
  readonly #context: SourceContext;
  readonly #o: ReaderOptions & { group: string };
  readonly #outage: Outage;
  readonly #follower: Follower;
  readonly #client: KafkaClient;
  readonly #closed = new AbortController();
  readonly #beatMs: number;
  #membership: Membership | undefined;
  /** The name that the broker has given. */
  #member = '';
  #known = '';
  /** Ends the pause in hand. */
  #stir = new AbortController();
  #rejoin = false;
  #running: Promise<void> = Promise.resolve();

  constructor(context: SourceContext, options: ReaderOptions & { group: string }, outage: Outage, follower: Follower) {
    this.#context = context;
    this.#o = options;
    this.#outage = outage;
    this.#follower = follower;
    this.#beatMs = options.session / BEATS;
    const timeout = Math.max(options.timeout, options.session + SLACK_MS);
    this.#client = new KafkaClient({ ...options, timeout }, `weir-${options.group}`);
  }

  /** What commits name, while it is in the group. */
  get membership(): Membership | undefined {
    return this.#membership;
  }

  start(): void {
    this.#running = this.#run();
  }

  async #run(): Promise<void> {
    const backoff = new Backoff();
    while (!this.#closed.signal.aborted) {
      try {
        await this.#join();
        backoff.reset();
        this.#outage.passed(this);
        await this.#stay();
      } catch (error) {
        if (this.#closed.signal.aborted) return;
        if (!(await this.#goOn(error, backoff))) return;
      }
    }
  }

  /** Whether to join anew, after a pause where that is needed. */
  async #goOn(error: unknown, backoff: Backoff): Promise<boolean> {
    const { group, member } = this.#o;
    const codes = apiCodes(error);
    if (codes.includes(CODE.FENCED_INSTANCE_ID)) {
      const what = `another process has joined group ${group} of Kafka at ${this.#client.address} as member ${member}`;
      this.#context.fail(fault('WEIR_KAFKA_FENCED', `${what}: give each its own name in option member`, error));
      return false;
    }
    const found = permanent(error, this.#client.address) ?? refusal(error, this.#client.address);
    if (found !== undefined) {
      this.#context.fail(found);
      return false;
    }
    if (codes.includes(CODE.MEMBER_ID_REQUIRED)) {
      this.#member = (memberOf(error) ?? '') as string;
      return true;
    }
    if (codes.includes(CODE.REBALANCE_IN_PROGRESS)) return true;
    // A broker that is away says nothing: only its answer tells that others read what was ours.
    if (codes.includes(CODE.UNKNOWN_MEMBER_ID) || codes.includes(CODE.ILLEGAL_GENERATION)) this.#lose(reasonOf(error));
    if (codes.includes(CODE.UNKNOWN_MEMBER_ID)) this.#member = '';
    await wait(this.#context, backoff.next(), this.#closed.signal);
    this.#outage.failed(this, backoff.tries, reasonOf(error));
    return true;
  }

  #lose(why: string): void {
    if (this.#membership === undefined) return;
    this.#membership = undefined;
    this.#context.log('warn', `group ${this.#o.group} goes on without this process (${why}): it joins anew`);
    this.#follower.lost();
  }

  /** Joins, deals out if it is the one to do so, and learns what falls to it. */
  async #join(): Promise<void> {
    const { group, session, member = null } = this.#o;
    const { joinGroupV9, syncGroupV5 } = await kafkaLibrary();
    this.#rejoin = false;
    const partitions = await this.#partitions();
    this.#known = partitions.join('\n');
    const topics = [...new Set(partitions.map((id) => id.slice(0, id.lastIndexOf('/'))))];
    const metadata = writeSubscription({ topics, owned: this.#follower.owned() });
    const protocols = [{ name: PROTOCOL, metadata }];
    const broker = await this.#client.coordinator(0, group);
    const joined = await this.#client.call(
      broker,
      joinGroupV9.api,
      group,
      session,
      session,
      this.#member,
      member,
      'consumer',
      protocols,
      null,
    );
    this.#member = joined.memberId ?? '';
    const { generationId: generation, leader, skipAssignment, members = [] } = joined;
    const isLeader = leader === this.#member && !skipAssignment;
    const assignments = isLeader ? dealtOut(members as JoinedMember[], partitions) : [];
    const { assignment } = await this.#client.call(
      broker,
      syncGroupV5.api,
      group,
      generation,
      this.#member,
      member,
      'consumer',
      PROTOCOL,
      assignments,
    );
    const mine = readAssignment(assignment);
    if (this.#membership === undefined) {
      this.#context.log('info', `joined group ${group}: ${mine.length} of ${partitions.length} partitions to read`);
    }
    this.#membership = { member: this.#member, generation };
    this.#follower.assign(new Set(mine), () => {
      this.#rejoin = true;
      this.#stir.abort();
    });
  }

  async #partitions(): Promise<string[]> {
    const topics = await topicsOf(this.#client, this.#o);
    return topics.flatMap(({ name, leaders }) => leaders.map((_, partition) => splitId(name, partition))).sort();
  }

  /** Says that it is there, until it has to join anew. */
  async #stay(): Promise<void> {
    const { group, member = null, discover } = this.#o;
    const { heartbeatV4 } = await kafkaLibrary();
    let lookAt = this.#context.now() + discover;
    while (!this.#closed.signal.aborted && !this.#rejoin) {
      this.#stir = new AbortController();
      await wait(this.#context, this.#beatMs, AbortSignal.any([this.#stir.signal, this.#closed.signal]));
      const { membership } = this;
      if (this.#closed.signal.aborted || this.#rejoin || membership === undefined) return;
      const broker = await this.#client.coordinator(0, group);
      await this.#client.call(broker, heartbeatV4.api, group, membership.generation, membership.member, member);
      if (this.#context.now() < lookAt) continue;
      lookAt = this.#context.now() + discover;
      if ((await this.#partitions()).join('\n') !== this.#known) return;
    }
  }

  /** Who stays away for good leaves, so that others need not wait for the session to end; a named member comes back. */
  async close(): Promise<void> {
    this.#closed.abort();
    const { group, member } = this.#o;
    try {
      if (this.#membership !== undefined && member === undefined) {
        const { leaveGroupV5 } = await kafkaLibrary();
        const broker = await this.#client.coordinator(0, group);
        const leaving = [{ memberId: this.#member, groupInstanceId: null, reason: null }];
        await this.#client.call(broker, leaveGroupV5.api, group, leaving);
      }
    } catch (error) {
      this.#context.log('info', `group ${group} was not told that this process leaves: ${reasonOf(error)}`);
    }
    await this.#client.close();
    await this.#running;
  }
}

interface JoinedMember {
  memberId: string;
  metadata: Buffer | null;
}

function dealtOut(members: readonly JoinedMember[], partitions: readonly string[]) {
  const subscriptions = members.map(({ memberId, metadata }) => {
    const told = metadata === null ? { topics: [], owned: [] } : readSubscription(metadata);
    return [memberId, told] as const;
  });
  return [...deal(new Map(subscriptions), partitions)].map(([memberId, ids]) => ({
    memberId,
    assignment: writeAssignment(ids),
  }));
}

/** The broker gives a newcomer its name in the error that asks for one. */
function memberOf(error: unknown): unknown {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { response } = each as { response?: { memberId?: unknown } };
    if (response?.memberId !== undefined) return response.memberId;
  }
  return undefined;
}

/** A group that deals by another rule, or a session that the broker does not allow. */
function refusal(error: unknown, address: string) {
  const codes = apiCodes(error);
  if (codes.includes(CODE.INCONSISTENT_GROUP_PROTOCOL)) {
    const why = `its members share by another rule than ${PROTOCOL}`;
    return fault('WEIR_KAFKA_GROUP', `Kafka at ${address} does not let this process into the group: ${why}`, error);
  }
  if (codes.includes(CODE.INVALID_SESSION_TIMEOUT)) {
    const bounds = 'group.min.session.timeout.ms and group.max.session.timeout.ms of the brokers';
    return fault(
      'WEIR_KAFKA_GROUP',
      `Kafka at ${address} does not allow this option session: it lies outside of ${bounds}`,
      error,
    );
  }
  return undefined;
}
