/** The name that someone who wrote `name` most likely meant, or undefined when none is near enough to say. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 0.5;
  const wanted = name.toLowerCase();
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > least) continue;
    const steps = distance(wanted, candidate.toLowerCase());
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best ?? abbreviated(wanted, known);
}

/** `cnt` is count: the same first and last letter, some of those between, and no less than half of them all. */
function abbreviated(wanted: string, known: Iterable<string>): string | undefined {
  if (!/^\w{3,}$/.test(wanted)) return undefined;
  const pattern = new RegExp(`^${[...wanted].join('\\w*')}$`, 'i');
  const found = [...known].filter((each) => each.length <= 2 * wanted.length && pattern.test(each));
  return found.sort((a, b) => a.length - b.length)[0];
}

/** How many letters to insert, drop, replace or swap with their neighbour (Damerau; optimal string alignment). */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let steps = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) steps = Math.min(steps, before[j - 2]! + 1);
      row.push(steps);
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
