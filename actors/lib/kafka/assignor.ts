import type { Subscription } from './group-messages.ts';
import { ofSplitId } from './partition-feed.ts';

/**
 * Deals partitions out to the members of a group: each has as many as the others, or one more, and keeps what it has as far as
 * that goes. A partition that is to go from one to another falls to nobody for now: its owner first gives it up and joins anew
 * (KIP-429). Members are those that ask for the topic; what nobody asks for is left out.
 */
export function deal(
  members: ReadonlyMap<string, Subscription>,
  partitions: readonly string[],
): Map<string, readonly string[]> {
  const names = [...members.keys()].sort();
  const dealt = new Map<string, string[]>(names.map((name) => [name, []]));
  const owner = ownersOf(members);
  const left: string[] = [];
  // Nobody keeps more than falls to all, but for as many as are needed so that none is left over.
  const fair = Math.floor(partitions.length / Math.max(1, names.length));
  let extra = partitions.length - fair * names.length;
  for (const id of [...partitions].sort(byTopicAndNumber)) {
    const has = owner.get(id);
    const mine = has !== undefined && asksFor(members, has, id) ? dealt.get(has) : undefined;
    if (mine !== undefined && mine.length < fair) mine.push(id);
    else if (mine !== undefined && mine.length === fair && extra > 0) {
      extra--;
      mine.push(id);
    } else left.push(id);
  }
  for (const id of left) {
    const takers = names.filter((name) => asksFor(members, name, id));
    const least = takers.reduce<string | undefined>(
      (best, name) => (best === undefined || sizeOf(dealt, name) < sizeOf(dealt, best) ? name : best),
      undefined,
    );
    if (least !== undefined) dealt.get(least)?.push(id);
  }
  return new Map([...dealt].map(([name, ids]) => [name, ids.filter((id) => (owner.get(id) ?? name) === name)]));
}

/** Who reads what now. What two of them claim is claimed by none: one of them is told so before it joins. */
function ownersOf(members: ReadonlyMap<string, Subscription>): Map<string, string> {
  const owner = new Map<string, string>();
  const twice = new Set<string>();
  for (const [name, { owned }] of members) {
    for (const id of owned) {
      if (owner.has(id)) twice.add(id);
      owner.set(id, name);
    }
  }
  for (const id of twice) owner.delete(id);
  return owner;
}

function asksFor(members: ReadonlyMap<string, Subscription>, name: string, id: string): boolean {
  return members.get(name)?.topics.includes(ofSplitId(id).topic) === true;
}

function sizeOf(dealt: ReadonlyMap<string, readonly string[]>, name: string): number {
  return dealt.get(name)?.length ?? 0;
}

function byTopicAndNumber(a: string, b: string): number {
  const [one, other] = [ofSplitId(a), ofSplitId(b)];
  if (one.topic !== other.topic) return one.topic < other.topic ? -1 : 1;
  return one.partition - other.partition;
}
