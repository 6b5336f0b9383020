/** What the text that the log holds of a partition's value stands for, as records of source `parquet` have it. */
export function partitionValue(text: string | null | undefined, type: unknown): unknown {
  if (text === null || text === undefined || text === '') return null;
  switch (typeof type === 'string' ? type.replace(/\(.*/, '') : '') {
    case 'byte':
    case 'short':
    case 'integer':
    case 'long':
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case 'float':
    case 'double':
    case 'decimal':
      return Number(text);
    case 'boolean':
      return text === 'true';
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz':
      return timeOf(text) ?? text;
    default:
      return text;
  }
}

/** `2024-05-01`, `2024-05-01 10:00:00.123456`, `2024-05-01T10:00:00.123456Z`: milliseconds since the epoch, in UTC where nothing else is said. */
function timeOf(text: string): number | undefined {
  const match = /^([+-]?\d{4,6}-\d\d-\d\d)(?:[ T](\d\d:\d\d:\d\d)(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/.exec(text);
  if (match === null) return undefined;
  const [, day, time = '00:00:00', fraction = '', zone = 'Z'] = match;
  const whole = Date.parse(`${day}T${time}${zone}`);
  return Number.isNaN(whole) ? undefined : whole + Math.round(Number(`0${fraction}`) * 1e6) / 1e3;
}
