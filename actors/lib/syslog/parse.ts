import { isUtf8 } from 'node:buffer';
import { parseIso, type Row } from '#stage';
import { NOT_UTF8 } from '../text/utf8-lines.ts';
import { oldTime } from './old-time.ts';
import { type StructuredData, structuredData } from './structured-data.ts';

export interface SyslogOptions {
  /** How bytes become text. */
  readonly encoding: 'utf-8' | 'latin-1';
  /** What times of RFC 3164, which name no zone, are ahead of UTC, ms. */
  readonly zoneMs: number;
}

/** A message. What it does not say is null. */
export interface Syslog extends Row {
  pri: number;
  facility: number;
  severity: number;
  /** 1 for RFC 5424, null for RFC 3164. */
  version: number | null;
  /** Milliseconds. */
  time: number | null;
  host: string | null;
  app: string | null;
  pid: string | null;
  message_id: string | null;
  data: StructuredData | null;
  message: string | null;
}

/** RFC 5424, section 6.2.3. `T` and `Z` are capitals, and a second 60 is none. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)$/;
/** The most characters of host, app, process and message id (RFC 5424, section 6). */
const LONGEST = [255, 48, 128, 32] as const;
const NAMES = ['host', 'app', 'pid', 'message_id'] as const;
const TAG = /^([^\s:[\]]{1,128})(?:\[([^\]\s]{0,128})\])?:(?: |$)/;

/** Reads one message of RFC 5424 or RFC 3164, as it begins; a text is the reason why it is none. `now`: when it came, ms. */
export function parseSyslog(bytes: Buffer, now: number, options: SyslogOptions): Syslog | string {
  if (options.encoding === 'utf-8' && !isUtf8(bytes)) return NOT_UTF8;
  const text = bytes.toString(options.encoding === 'utf-8' ? 'utf8' : 'latin1').replace(/[\r\n\0]+$/, '');
  const head = /^<(0|[1-9]\d{0,2})>/.exec(text);
  if (head === null) return 'it does not begin with a priority such as <13>';
  const pri = Number(head[1]);
  if (pri > 191) return `its priority ${pri} is above 191`;
  const from = head[0].length;
  const made: Syslog = {
    pri,
    facility: pri >> 3,
    severity: pri & 7,
    version: null,
    time: null,
    host: null,
    app: null,
    pid: null,
    message_id: null,
    data: null,
    message: null,
  };
  const version = /^([1-9]\d{0,2}) /.exec(text.slice(from, from + 4));
  if (version === null) return old(text.slice(from), made, now, options);
  const fault = modern(text, from + version[0].length, Number(version[1]), made);
  return fault ?? made;
}

/** RFC 5424: VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]. */
function modern(text: string, from: number, version: number, made: Syslog): string | undefined {
  if (version !== 1) return `its version is ${version}: only 1 is known`;
  made.version = 1;
  let at = from;
  const word = (): string | undefined => {
    const space = text.indexOf(' ', at);
    const found = space < 0 ? undefined : text.slice(at, space);
    at = space + 1;
    return found;
  };
  const time = word();
  if (time === undefined) return 'it ends before its time does';
  if (time !== '-') {
    const ms = TIME.test(time) ? parseIso(time) : undefined;
    if (ms === undefined) return `its time is none: ${time.slice(0, 40)}`;
    made.time = ms;
  }
  for (const [i, name] of NAMES.entries()) {
    const found = word();
    if (found === undefined) return `it ends before its ${name} does`;
    if (!/^[!-~]+$/.test(found)) return `its ${name} is empty or not ASCII`;
    if (found.length > LONGEST[i]!) return `its ${name} has more than ${LONGEST[i]} characters`;
    if (found !== '-') made[name] = found;
  }
  if (text[at] === '-') at++;
  else {
    const read = structuredData(text, at);
    if (typeof read === 'string') return read;
    made.data = read.data;
    at = read.end;
  }
  if (at === text.length) return undefined;
  if (text[at] !== ' ') return 'no space follows its structured data';
  made.message = text.slice(at + 1).replace(/^\ufeff/, '');
  return undefined;
}

/**
 * RFC 3164, section 4.1: Mmm dd hh:mm:ss HOSTNAME TAG[PID]: CONTENT. Where there is no time, all of it is the message, as
 * section 4.3.2 has it.
 */
function old(text: string, made: Syslog, now: number, { zoneMs }: SyslogOptions): Syslog {
  const read = oldTime(text, now, zoneMs);
  if (read === undefined) {
    made.message = text;
    return made;
  }
  made.time = read.time;
  let rest = text.slice(read.end);
  const space = rest.indexOf(' ');
  // What writes to the machine's own log leaves the host out.
  if (space > 0 && !rest.slice(0, space).endsWith(':')) {
    made.host = rest.slice(0, space);
    rest = rest.slice(space + 1);
  }
  const tag = TAG.exec(rest);
  if (tag !== null) {
    made.app = tag[1] as string;
    made.pid = tag[2] ?? null;
    rest = rest.slice(tag[0].length);
  }
  made.message = rest;
  return made;
}
