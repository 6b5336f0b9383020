import { DAY, HOUR, MINUTE, SECOND } from './calendar.ts';

const ISO =
  /^\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?\s*$/i;

/**
 * The time of an ISO 8601 text: a date, or a date and a time with `T` or a space between, UTC unless it has an offset.
 * Undefined if it is none, or no such day or hour exists. (Date.parse would take the machine's time zone.)
 */
export function parseIso(text: string): number | undefined {
  const usual = parseUsual(text);
  if (!Number.isNaN(usual)) return usual;
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0));
  const fraction = Number(`${match[7] ?? ''}000`.slice(0, 3));
  const time = timeOf(year!, month!, day!, hour!, minute!, second!) + fraction - offsetOf(match[8]);
  return Number.isNaN(time) ? undefined : time;
}

/**
 * Event time as milliseconds since the epoch: a number as it is, or that of an ISO 8601 text as `parseTime` reads it. NaN if it
 * is neither.
 */
export function eventTimeOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' ? (parseIso(value) ?? Number.NaN) : Number.NaN;
}

function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 23 || minutes > 59) return Number.NaN;
  return (zone.startsWith('-') ? -1 : 1) * (hours * HOUR + minutes * MINUTE);
}

/** `2026-01-05T10:00:00`, with milliseconds and `Z` or without: what nearly all texts are, without the pattern: faster. Else NaN. */
function parseUsual(text: string): number {
  const n = text.length;
  if (n < 19 || n > 24 || text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return Number.NaN;
  const between = text.charCodeAt(10);
  if ((between !== 84 && between !== 32) || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return Number.NaN;
  const end = text.charCodeAt(n - 1) === 90 ? n - 1 : n;
  let fraction = 0;
  if (end === 23 && text.charCodeAt(19) === 46) fraction = digit(text, 20) * 100 + two(text, 21);
  else if (end !== 19) return Number.NaN;
  const year = two(text, 0) * 100 + two(text, 2);
  const time = timeOf(year, two(text, 5), two(text, 8), two(text, 11), two(text, 14), two(text, 17));
  return time + fraction;
}

function two(text: string, at: number): number {
  return digit(text, at) * 10 + digit(text, at + 1);
}

function digit(text: string, at: number): number {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
}

const LONG = [1, 3, 5, 7, 8, 10, 12];

/** Milliseconds since the epoch; NaN if there is no such day or hour. */
function timeOf(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (!(month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  if (day > 28 && day > lastDayOf(year, month)) return Number.NaN;
  return daysOf(year, month, day) * DAY + hour * HOUR + minute * MINUTE + second * SECOND;
}

function lastDayOf(year: number, month: number): number {
  if (month !== 2) return LONG.includes(month) ? 31 : 30;
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
}

/**
 * Days since the epoch. Years begin in March, so that the leap day is their last.
 *
 * Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
 */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const ofYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return 365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + ofYear - 719_468;
}
