import { parseIso } from '#stage';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const OLD = /^([A-Z][a-z]{2}) ([ 0]?\d|[12]\d|3[01]) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?:? /;
const ISO = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)) /;
/** Clocks differ, and messages wait: what is so much ahead of now is of the year before. */
const AHEAD_MS = 31 * 86_400_000;

/**
 * The time that a message of RFC 3164 begins with, and where it ends: `Mmm dd hh:mm:ss`, with a year or a fraction where a sender
 * adds them, or ISO 8601, as others do. Without a year it is that which makes the time nearest before a month from now.
 */
export function oldTime(text: string, now: number, zoneMs: number): { time: number; end: number } | undefined {
  const iso = ISO.exec(text);
  if (iso !== null) {
    const time = parseIso(iso[1] as string);
    return time === undefined ? undefined : { time, end: iso[0].length };
  }
  const found = OLD.exec(text);
  const month = MONTHS.indexOf(found?.[1] as string);
  if (found === null || month < 0) return undefined;
  const [, , day, given, hours, minutes, seconds, fraction = ''] = found;
  const timeIn = (year: number): number | undefined => {
    const time = Date.UTC(year, month, Number(day), Number(hours), Number(minutes), Number(seconds));
    // The 30th of February is another day.
    const isReal = new Date(time).getUTCDate() === Number(day) && Number(hours) < 24 && Number(minutes) < 60;
    return isReal ? time + Number(`${fraction}000`.slice(0, 3)) - zoneMs : undefined;
  };
  const end = found[0].length;
  if (given !== undefined) {
    const time = timeIn(Number(given));
    return time === undefined ? undefined : { time, end };
  }
  const year = new Date(now + zoneMs).getUTCFullYear();
  // Of the next year on New Year's Eve; a 29th of February may be years ago.
  for (let back = -1; back < 8; back++) {
    const time = timeIn(year - back);
    if (time !== undefined && time <= now + AHEAD_MS) return { time, end };
  }
  return undefined;
}
