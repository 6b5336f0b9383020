import { WeirError } from './errors.ts';

const MS: Record<string, number> = { ms: 1, s: 1e3, m: 60e3, h: 3600e3, d: 86400e3 };
const BYTES: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

function parse(text: string, units: Record<string, number>, what: string, example: string): number {
  let total = 0;
  let rest = text.trim();
  if (rest === '0') return 0;
  while (rest !== '') {
    const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*/.exec(rest);
    const unit = match?.[2] === undefined ? undefined : units[match[2]];
    if (!match || unit === undefined) {
      throw new WeirError(
        'WEIR_UNIT',
        `'${text}' is not a ${what}: write a number and a unit of ${Object.keys(units).join(', ')}, such as ${example}`,
      );
    }
    total += Number(match[1]) * unit;
    rest = rest.slice(match[0].length);
  }
  if (text.trim() === '') throw new WeirError('WEIR_UNIT', `an empty text is not a ${what}, such as ${example}`);
  return total;
}

/** Milliseconds of a duration such as `500ms`, `5s`, `1h30m`. Throws `WEIR_UNIT`. */
export function parseDuration(text: string): number {
  return parse(text, MS, 'duration', '5s');
}

/** Bytes of a size such as `64KiB` or `1.5MB`. Throws `WEIR_UNIT`. */
export function parseBytes(text: string): number {
  return Math.round(parse(text, BYTES, 'size', '64MiB'));
}

/** A duration as a person writes it: the largest two units that fit, `1h30m`, `2.5s`, `40ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60e3) return `${Number((ms / 1000).toFixed(1))}s`;
  if (ms < 3600e3) return `${Math.floor(ms / 60e3)}m${pad(Math.floor((ms % 60e3) / 1000), 's')}`;
  if (ms < 86400e3) return `${Math.floor(ms / 3600e3)}h${pad(Math.floor((ms % 3600e3) / 60e3), 'm')}`;
  return `${Math.floor(ms / 86400e3)}d${pad(Math.floor((ms % 86400e3) / 3600e3), 'h')}`;
}

function pad(value: number, unit: string): string {
  return value === 0 ? '' : `${value}${unit}`;
}

/** A size as a person writes it, in binary units: `512B`, `64KiB`, `1.5MiB`. */
export function formatBytes(bytes: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB'] as const) {
    const size = BYTES[unit] as number;
    if (bytes >= size) return `${Number((bytes / size).toFixed(1))}${unit}`;
  }
  return `${Math.round(bytes)}B`;
}
