/** A line format with a name of its own: groups in order of the fields, and what is not text. */
export interface LogPattern {
  readonly pattern: RegExp;
  readonly numbers: readonly string[];
  /** Turns the groups into the record, where text and numbers are not enough. */
  readonly refine?: (row: Record<string, unknown>) => void;
}

// Apache's %h %l %u %t "%r" %>s %b. A request that is no HTTP (probes, TLS on the wrong port) has no method and path.
const REQUEST = String.raw`"(?:(?<method>[A-Z]+) (?<path>[^" ]*)(?: (?<protocol>[^"]*))?|(?<request>(?:[^"\\]|\\.)*))"`;
const COMMON = String.raw`(?<host>\S+) (?<ident>\S+) (?<user>\S+) \[(?<time>[^\]]+)\] ${REQUEST} (?<status>\d{3}) (?<bytes>\d+|-)`;
const QUOTED = String.raw`(?:[^"\\]|\\.)*`;
const COMBINED = `${COMMON} "(?<referer>${QUOTED})" "(?<agent>${QUOTED})"`;

// RFC 5424, section 6: <PRI>VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]
const STRUCTURED = String.raw`-|(?:\[(?:[^"\]\\]|\\.|"${QUOTED}")*\])+`;
const SYSLOG_5424 =
  String.raw`<(?<pri>\d{1,3})>(?<version>\d{1,2}) (?<time>\S+) (?<host>\S+) (?<app>\S+) (?<pid>\S+) (?<message_id>\S+) ` +
  String.raw`(?<data>${STRUCTURED})(?: (?:\uFEFF)?(?<message>.*))?`;

// RFC 3164, section 4.1: <PRI>Mmm dd hh:mm:ss HOSTNAME TAG[PID]: CONTENT
const SYSLOG_3164 =
  String.raw`(?:<(?<pri>\d{1,3})>)?(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?<host>\S+) ` +
  String.raw`(?:(?<app>[^\s:[\]]{1,64})(?:\[(?<pid>[^\]]*)\])?: ?)?(?<message>.*)`;

/** The formats that can be named instead of writing a pattern. */
export const LOG_PATTERNS: Readonly<Record<string, LogPattern>> = {
  'apache-common': access(COMMON),
  'apache-combined': access(COMBINED),
  nginx: access(COMBINED),
  'syslog-3164': { pattern: whole(SYSLOG_3164), numbers: ['pri'], refine: priority },
  'syslog-5424': { pattern: whole(SYSLOG_5424), numbers: ['pri', 'version'], refine: priority },
};

function whole(pattern: string): RegExp {
  return new RegExp(`^${pattern}$`, 's');
}

function access(pattern: string): LogPattern {
  return {
    pattern: whole(pattern),
    numbers: ['status', 'bytes'],
    refine(row) {
      row.time = accessTime(String(row.time));
    },
  };
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';

/** Milliseconds of `10/Oct/2000:13:55:36 -0700`; null when it is no such time. */
function accessTime(text: string): number | null {
  const match = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/.exec(text);
  if (match === null) return null;
  const [, day, month, year, hour, minute, second, sign, hours, minutes] = match as unknown as string[];
  const local = Date.UTC(+year!, MONTHS.indexOf(month!) / 3, +day!, +hour!, +minute!, +second!);
  return local - (sign === '-' ? -1 : 1) * (+hours! * 60 + +minutes!) * 60_000;
}

/** RFC 5424, section 6.2.1: the priority is the facility times eight and the severity. */
function priority(row: Record<string, unknown>): void {
  const { pri } = row;
  row.facility = typeof pri === 'number' ? pri >> 3 : null;
  row.severity = typeof pri === 'number' ? pri & 7 : null;
}
