/** Reading and writing UTC times: milliseconds since the epoch as everywhere in Weir, without leap seconds. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** The epoch was a Thursday: from its Monday, in days. */
const MONDAY_OFFSET = 3;

// One object for all calls: none of the functions below keeps it, and making a Date costs more than setting one.
const scratch = new Date(0);

/** A Date at `ms`, valid until the next call; its fields are NaN outside of what a Date can hold. */
export function utc(ms: number): Date {
  scratch.setTime(ms);
  return scratch;
}

/** Which second, minute or hour of the next larger unit it is; right for times before 1970 too. */
export function part(ms: number, unit: number, of: number): number {
  return Math.floor(ms / unit) - Math.floor(ms / of) * (of / unit);
}

export const secondOf = (ms: number) => part(ms, SECOND, MINUTE);
export const minuteOf = (ms: number) => part(ms, MINUTE, HOUR);
export const hourOf = (ms: number) => part(ms, HOUR, DAY);

/** The functions that go back to the start of a unit, by the unit's name. */
export const starts: Readonly<Record<string, (ms: number) => number>> = {
  second: (ms) => Math.floor(ms / SECOND) * SECOND,
  minute: (ms) => Math.floor(ms / MINUTE) * MINUTE,
  hour: (ms) => Math.floor(ms / HOUR) * HOUR,
  day: (ms) => Math.floor(ms / DAY) * DAY,
  week: (ms) => (Math.floor((ms / DAY + MONDAY_OFFSET) / 7) * 7 - MONDAY_OFFSET) * DAY,
  month: (ms) => utc(starts.day!(ms)).setUTCDate(1),
  year: (ms) => utc(starts.day!(ms)).setUTCMonth(0, 1),
};

const two = (value: number) => (value < 10 ? `0${value}` : `${value}`);

const writers: Readonly<Record<string, (ms: number) => string>> = {
  yyyy: (ms) => String(utc(ms).getUTCFullYear()).padStart(4, '0'),
  MM: (ms) => two(utc(ms).getUTCMonth() + 1),
  dd: (ms) => two(utc(ms).getUTCDate()),
  HH: (ms) => two(hourOf(ms)),
  mm: (ms) => two(minuteOf(ms)),
  ss: (ms) => two(secondOf(ms)),
  SSS: (ms) => String(part(ms, 1, SECOND)).padStart(3, '0'),
};

/**
 * A function that writes times by a pattern of yyyy, MM, dd, HH, mm, ss and SSS. Other letters stand in single quotes
 * (`yyyy-MM-dd'T'HH`), all else for itself. Throws an Error that says which letters it does not know.
 */
export function timeFormat(pattern: string): (ms: number) => string | null {
  const writes = (pattern.match(/'[^']*'|([A-Za-z])\1*|[^A-Za-z']+|'/g) ?? []).map((piece) => {
    const write = Object.hasOwn(writers, piece) ? writers[piece] : undefined;
    if (write) return write;
    const quoted = /^'([^']*)'$/.exec(piece);
    if (!quoted && /[A-Za-z']/.test(piece)) {
      throw new Error(
        `'${piece}' is not of ${Object.keys(writers).join(', ')}; quote letters that stand for themselves`,
      );
    }
    const fixed = quoted ? quoted[1]! : piece;
    return () => fixed;
  });
  return (ms) => {
    if (Number.isNaN(utc(ms).getTime())) return null;
    let text = '';
    for (const write of writes) text += write(ms);
    return text;
  };
}
