/** A table of finite state entropy: for each state its symbol, and where the next state is. RFC 8878, 4.1. */
export interface FseTable {
  readonly accuracy: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/** A table with one symbol. */
export function fseOfOne(symbol: number): FseTable {
  return { accuracy: 0, symbols: Uint8Array.of(symbol), bits: new Uint8Array(1), bases: new Uint16Array(1) };
}

/** The table for symbols of these probabilities, −1 for one that is less likely than all. */
export function fseOf(counts: readonly number[], accuracy: number): FseTable {
  const size = 1 << accuracy;
  const table = { accuracy, symbols: new Uint8Array(size), bits: new Uint8Array(size), bases: new Uint16Array(size) };
  const { symbols, bits, bases } = table;
  const next = new Uint16Array(counts.length);
  let high = size;
  for (const [symbol, count] of counts.entries()) {
    if (count !== -1) next[symbol] = count;
    else {
      symbols[--high] = symbol;
      next[symbol] = 1;
    }
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      do at = (at + step) & (size - 1);
      while (at >= high);
    }
  }
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] as number;
    const n = next[symbol] as number;
    next[symbol] = n + 1;
    const width = accuracy - (31 - Math.clz32(n));
    bits[state] = width;
    bases[state] = (n << width) - size;
  }
  return table;
}

/** Reads a table's probabilities, and gives the table and what is behind them. Throws a `RangeError`. */
export function readFse(
  bytes: Uint8Array,
  start: number,
  end: number,
  most: { accuracy: number; symbols: number },
): [FseTable, number] {
  let bit = start * 8;
  const take = (count: number) => {
    let value = 0;
    for (let i = 0; i < count; i++, bit++) value |= (((bytes[bit >> 3] as number) >> (bit & 7)) & 1) << i;
    if (bit > end * 8) throw new RangeError('a table is cut short');
    return value;
  };
  const accuracy = 5 + take(4);
  if (accuracy > most.accuracy) throw new RangeError('a table is too large');
  const counts: number[] = [];
  let remaining = 1 << accuracy;
  while (remaining > 0) {
    const width = 32 - Math.clz32(remaining + 1);
    let value = take(width - 1);
    const threshold = 2 ** width - 2 - remaining;
    if (value >= threshold) {
      const whole = value | (take(1) << (width - 1));
      value = whole >= 1 << (width - 1) ? whole - threshold : whole;
    }
    const count = value - 1;
    remaining -= Math.abs(count);
    counts.push(count);
    if (count === 0) {
      let repeat: number;
      do {
        repeat = take(2);
        for (let i = 0; i < repeat; i++) counts.push(0);
      } while (repeat === 3 && counts.length <= most.symbols);
    }
    if (remaining < 0 || counts.length > most.symbols) throw new RangeError('a table does not add up');
  }
  return [fseOf(counts, accuracy), (bit + 7) >> 3];
}
