/** What sshd says, by what it begins with; groups are fields. Each is linear: no two parts can match the same text. */
const SAID: readonly (readonly [event: string, pattern: RegExp])[] = [
  ['accepted', /^Accepted (?<method>\S+) for (?<user>\S+) from (?<address>\S+) port (?<port>\d+)/],
  ['failed', /^Failed (?<method>\S+) for (?:invalid user )?(?<user>\S*) from (?<address>\S+) port (?<port>\d+)/],
  ['invalid-user', /^Invalid user (?<user>\S*) from (?<address>\S+)(?: port (?<port>\d+))?/],
  [
    'closed',
    /^Connection (?:closed|reset) by (?:(?:authenticating|invalid) user (?<user>\S*) )?(?<address>[\d.:a-f]+)(?: port (?<port>\d+))?/,
  ],
  [
    'disconnected',
    /^Disconnected from (?:(?:authenticating |invalid )?user (?<user>\S*) )?(?<address>[\d.:a-f]+) port (?<port>\d+)/,
  ],
  ['disconnected', /^Received disconnect from (?<address>[\d.:a-f]*[\da-f])(?: port (?<port>\d+))?:/],
  ['opened', /^pam_unix\(sshd:session\): session opened for user (?<user>[^\s(]+)/],
  ['closed', /^pam_unix\(sshd:session\): session closed for user (?<user>[^\s(]+)/],
  ['failed', /^pam_unix\(sshd:auth\): authentication failure;.* rhost=(?<address>\S*)(?: +user=(?<user>\S+))?/],
];

/** Adds to a line of sshd what happened, to whom and from where; null where it says nothing of it. */
export function sshdEvent(row: Record<string, unknown>): void {
  delete row.pri;
  const message = String(row.message);
  // So syslog daemons put together what comes again at once.
  const inner = /^message repeated \d+ times: \[ (.*)\]$/.exec(message)?.[1] ?? message;
  for (const name of ['event', 'method', 'user', 'address', 'port']) row[name] = null;
  for (const [event, pattern] of SAID) {
    const found = pattern.exec(inner);
    if (found === null) continue;
    row.event = event;
    for (const [name, text] of Object.entries(found.groups ?? {})) {
      if (text !== undefined && text !== '') row[name] = name === 'port' ? Number(text) : text;
    }
    return;
  }
}
