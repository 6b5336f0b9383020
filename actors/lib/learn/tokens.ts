/** Letters and digits of any script in runs of two and more; an apostrophe within them belongs to the word. */
const WORDS = /[\p{L}\p{N}](?:['’]?[\p{L}\p{N}])+/gu;

/** Longest pieces of letters, and the text of a record that is looked at. */
const GRAM = 3;
const LONGEST_TEXT = 20_000;

const OFFSET = 0x811c9dc5;
const PRIME = 0x01000193;

/** Calls `take` with the hash of each word of a text in lower case. A word that comes twice is told twice. O(length). */
export function words(text: string, take: (hash: number) => void): void {
  for (const [word] of text.slice(0, LONGEST_TEXT).toLowerCase().matchAll(WORDS)) {
    let hash = OFFSET;
    for (let i = 0; i < word.length; i++) hash = step(hash, word.charCodeAt(i));
    take(hash >>> 0);
  }
}

/** Calls `take` with the hash of each run of one to three characters of the text in lower case, with a space at both ends. O(length). */
export function letterGrams(text: string, take: (hash: number) => void): void {
  const all = ` ${text.slice(0, LONGEST_TEXT).toLowerCase()} `;
  for (let i = 0; i < all.length; i++) {
    // A basis of its own: a run of letters is not the word that is written with them.
    let hash = OFFSET ^ 0x5bd1e995;
    for (let j = i; j < i + GRAM && j < all.length; j++) {
      hash = step(hash, all.charCodeAt(j));
      take(hash >>> 0);
    }
  }
}

/** FNV-1a over UTF-16 code units. */
function step(hash: number, unit: number): number {
  return Math.imul(Math.imul(hash ^ (unit & 0xff), PRIME) ^ (unit >>> 8), PRIME);
}
