import { parseIso } from '#stage';
import { sshdEvent } from './sshd-event.ts';

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

// From 0 to 191: facilities 0 to 23, severities 0 to 7 (RFC 5424, section 6.2.1).
const PRI = String.raw`(?<pri>0?\d{1,2}|1[0-8]\d|19[01])`;

// RFC 5424, section 6: <PRI>VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]
const STRUCTURED = String.raw`-|(?:\[(?:[^"\]\\]|\\.|"${QUOTED}")*\])+`;
const SYSLOG_5424 =
  String.raw`<${PRI}>(?<version>\d{1,2}) (?<time>\S+) (?<host>\S+) (?<app>\S+) (?<pid>\S+) (?<message_id>\S+) ` +
  String.raw`(?<data>${STRUCTURED})(?: (?:\uFEFF)?(?<message>.*))?`;

// RFC 3164, section 4.1: <PRI>Mmm dd hh:mm:ss HOSTNAME TAG[PID]: CONTENT
const SYSLOG_3164 =
  String.raw`(?:<${PRI}>)?(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d) (?<host>\S+) ` +
  String.raw`(?:(?<app>[^\s:[\]]{1,64})(?:\[(?<pid>[^\]]*)\])?: ?)?(?<message>.*)`;

// What the system's log puts before a line: Mmm dd hh:mm:ss, or ISO 8601.
const LOGGED = String.raw`(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\S+) (?<host>\S+) `;
const SSHD = String.raw`(?:<${PRI}>)?${LOGGED}(?<app>sshd(?:-session|-auth)?)(?:\[(?<pid>\d+)\])?: (?<message>.*)`;
// [seconds since the start] message, as dmesg has it; in the system's log behind `kernel:`, and there perhaps without.
const KERNEL =
  String.raw`(?:<${PRI}>)?(?=\[|[A-Z][a-z]{2} [ \d]\d |\d{4}-)(?:${LOGGED}kernel: )?` +
  String.raw`(?:\[ *(?<uptime>\d+\.\d+)\] ?|(?<=kernel: ))(?<message>.*)`;

/** The formats that can be named instead of writing a pattern. */
export const LOG_PATTERNS: Readonly<Record<string, LogPattern>> = {
  'apache-common': access(COMMON),
  'apache-combined': access(COMBINED),
  nginx: access(COMBINED),
  'syslog-3164': { pattern: whole(SYSLOG_3164), numbers: ['pri'], refine: priority },
  'syslog-5424': { pattern: whole(SYSLOG_5424), numbers: ['pri', 'version'], refine: priority },
  sshd: { pattern: whole(SSHD), numbers: ['pri', 'pid'], refine: sshdEvent },
  kernel: { pattern: whole(KERNEL), numbers: ['pri', 'uptime'], refine: priority },
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

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Milliseconds of `10/Oct/2000:13:55:36 -0700`; null when it is no such time. */
function accessTime(text: string): number | null {
  const match = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)$/.exec(text);
  const month = MONTHS.indexOf(match?.[2] as string) + 1;
  if (match === null || month === 0) return null;
  const [, day, , year, time, hours, minutes] = match as unknown as string[];
  return parseIso(`${year}-${String(month).padStart(2, '0')}-${day}T${time}${hours}:${minutes}`) ?? null;
}

/** RFC 5424, section 6.2.1: the priority is the facility times eight and the severity. */
function priority(row: Record<string, unknown>): void {
  const { pri } = row;
  row.facility = typeof pri === 'number' ? pri >> 3 : null;
  row.severity = typeof pri === 'number' ? pri & 7 : null;
}
