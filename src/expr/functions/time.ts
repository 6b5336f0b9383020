import { parseDuration } from '../../base/units.ts';
import { hourOf, minuteOf, secondOf, starts, timeFormat, utc } from '../calendar.ts';
import { parseIso } from '../iso-time.ts';
import { nearest } from '../nearest.ts';
import { declare } from './signature.ts';

/** Functions of time: numbers, milliseconds since the epoch; everything is in UTC. */
export const timeFunctions = [
  declare(
    'eventTime(): time',
    'The event time of the record.',
    ['formatTime(eventTime(), "HH:mm")', '22:13'],
    () => null,
    { reads: 'time' },
  ),
  declare(
    'order(): number',
    'The place of the record in its source: it breaks ties of equal event time the same way in every run.',
    ['order()', 7],
    () => null,
    { reads: 'order' },
  ),
  declare('key(): unknown', 'The key of the nearest `key` step before.', ['key()', 'eth0'], () => null, {
    reads: 'key',
  }),
  declare(
    'parseTime(text: text): time?',
    'The time of an ISO 8601 text, in UTC unless it has an offset; null if it is not one.',
    ['parseTime("2026-01-31 12:00:00")', 1769860800000],
    parseIso,
  ),
  declare(
    'formatTime(time: time, pattern: literal): text?',
    'By a pattern of yyyy, MM, dd, HH, mm, ss and SSS; other letters stand in single quotes.',
    ['formatTime(0, "yyyy-MM-dd\'T\'HH:mm:ss.SSS")', '1970-01-01T00:00:00.000'],
    (time: number, format: (ms: number) => string | null) => format(time),
    { prepare: timeFormat },
  ),
  declare('year(time: time): number', 'The year.', ['year(parseTime("2026-01-31"))', 2026], (time: number) =>
    utc(time).getUTCFullYear(),
  ),
  declare(
    'month(time: time): number',
    'The month, from 1.',
    ['month(parseTime("2026-01-31"))', 1],
    (time: number) => utc(time).getUTCMonth() + 1,
  ),
  declare('day(time: time): number', 'The day of the month.', ['day(parseTime("2026-01-31"))', 31], (time: number) =>
    utc(time).getUTCDate(),
  ),
  declare(
    'dayOfWeek(time: time): number',
    'From 1, Monday, to 7, Sunday (ISO 8601).',
    ['dayOfWeek(parseTime("2026-01-31"))', 6],
    (time: number) => ((utc(time).getUTCDay() + 6) % 7) + 1,
  ),
  declare('hour(time: time): number', 'The hour, 0 to 23.', ['hour(parseTime("2026-01-31 18:30"))', 18], hourOf),
  declare(
    'minute(time: time): number',
    'The minute, 0 to 59.',
    ['minute(parseTime("2026-01-31 18:30"))', 30],
    minuteOf,
  ),
  declare('second(time: time): number', 'The second, 0 to 59.', ['second(90000)', 30], secondOf),
  declare(
    'startOf(time: time, unit: literal): time',
    'When the second, minute, hour, day, week (on Monday), month or year began in which a time lies.',
    ['startOf(parseTime("2026-01-31 18:30"), "day") == parseTime("2026-01-31")', true],
    (time: number, start: (ms: number) => number) => start(time),
    { prepare: startOfUnit },
  ),
  declare(
    'duration(text: literal): number',
    'Milliseconds of `5s`, `1h30m`, `250ms`.',
    ['duration("1m30s")', 90000],
    (ms: number) => ms,
    { prepare: parseDuration },
  ),
];

function startOfUnit(unit: string): (ms: number) => number {
  if (Object.hasOwn(starts, unit)) return starts[unit]!;
  const meant = nearest(unit, Object.keys(starts));
  throw new Error(`'${unit}' is not of ${Object.keys(starts).join(', ')}${meant ? `; did you mean '${meant}'?` : ''}`);
}
