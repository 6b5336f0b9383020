import type { Row } from '#stage';

const START = ['flowStartMilliseconds', 'flowStartNanoseconds', 'flowStartMicroseconds', 'flowStartSeconds'];
const END = ['flowEndMilliseconds', 'flowEndNanoseconds', 'flowEndMicroseconds', 'flowEndSeconds'];

/** When a flow began and ended, in milliseconds since 1970, by whichever of its elements says so; else null. */
export function withTimes(row: Row, exported: number, uptime: number | undefined, bootMs: number | undefined) {
  const of = (names: readonly string[], upName: string, deltaName: string) => {
    for (const name of names) if (typeof row[name] === 'number') return row[name];
    const up = row[upName];
    if (typeof up === 'number') {
      // The exporter's clock may have begun anew meanwhile: it has 32 bits.
      if (uptime !== undefined) return exported - ((uptime - up) | 0);
      if (bootMs !== undefined || typeof row.systemInitTimeMilliseconds === 'number') {
        return ((row.systemInitTimeMilliseconds as number | undefined) ?? (bootMs as number)) + up;
      }
    }
    const delta = row[deltaName];
    return typeof delta === 'number' ? exported - delta / 1000 : null;
  };
  return {
    start: of(START, 'flowStartSysUpTime', 'flowStartDeltaMicroseconds'),
    end: of(END, 'flowEndSysUpTime', 'flowEndDeltaMicroseconds'),
  };
}
