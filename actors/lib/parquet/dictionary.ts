/** A text is looked up among no more than these. */
const MOST = 65_536;

/** Texts of which many are equal: the different ones, and for each its index, bit-packed behind the width of a byte. */
export class Dictionary {
  readonly texts: readonly string[];
  readonly indexes: Uint8Array;

  private constructor(texts: readonly string[], indexes: Uint8Array) {
    this.texts = texts;
    this.indexes = indexes;
  }

  /** Undefined where more than a third of the texts are different: a dictionary would save little. */
  static of(texts: readonly string[]): Dictionary | undefined {
    const most = Math.min(MOST, texts.length / 3);
    const places = new Map<string, number>();
    const found = new Int32Array(texts.length);
    let last = '';
    let place = -1;
    for (let i = 0; i < texts.length; i++) {
      const text = texts[i]!;
      if (place < 0 || text !== last) {
        last = text;
        place = places.get(text) ?? -1;
        if (place < 0) {
          place = places.size;
          if (place >= most) return undefined;
          places.set(text, place);
        }
      }
      found[i] = place;
    }
    return places.size === 0 ? undefined : new Dictionary([...places.keys()], pack(found, places.size));
  }
}

/** One run of bit-packed numbers below `count`. */
function pack(numbers: Int32Array, count: number): Uint8Array {
  const width = Math.max(1, 32 - Math.clz32(count - 1));
  const groups = (numbers.length + 7) >> 3;
  const head = [width, ...varint(groups * 2 + 1)];
  const bytes = new Uint8Array(head.length + groups * width);
  bytes.set(head);
  let at = head.length;
  let held = 0;
  let bits = 0;
  for (let i = 0; i < numbers.length; i++) {
    held |= numbers[i]! << bits;
    bits += width;
    while (bits >= 8) {
      bytes[at++] = held & 0xff;
      held >>>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) bytes[at] = held & 0xff;
  return bytes;
}

/** A whole number from 0 on, seven bits a byte, as Parquet's runs begin. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return bytes;
}
