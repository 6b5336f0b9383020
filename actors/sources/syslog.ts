import { field, source, WeirError } from '#stage';
import { Feeds } from '../lib/sockets/feeds.ts';
import { InboxReader } from '../lib/sockets/inbox-reader.ts';
import { TcpFeed } from '../lib/sockets/tcp-feed.ts';
import { refuseTls, tlsField } from '../lib/sockets/tls.ts';
import { UdpFeed } from '../lib/sockets/udp-feed.ts';
import { parseSyslog } from '../lib/syslog/parse.ts';

/** Messages of syslog. */
export default source({
  summary: 'Take syslog messages (RFC 5424 and RFC 3164) by UDP, TCP or TLS.',
  docs: `\`logger --server 127.0.0.1 --port 5514 --udp hello\`

| field | |
|---|---|
| \`pri\`, \`facility\`, \`severity\` | numbers; severity 0 is an emergency, 3 an error, 7 for debugging |
| \`version\` | 1 for RFC 5424, null for RFC 3164 |
| \`time\` | of the message, in milliseconds |
| \`host\`, \`app\`, \`pid\`, \`message_id\` | text |
| \`data\` | structured data, \`data['origin@123'].ip\`: text, or a list where a parameter is given several times |
| \`message\` | text |
| \`from\` | address and port that it came from |

What a message does not say is null. Each message is of the one RFC or the other as it begins; of RFC 3164 the year is that which
makes the time nearest to now, and the zone is \`zone\`; a message with a priority and no time is all message, as that RFC says.
By TCP messages are told apart by octet counts or line feeds, each as it begins (RFC 6587). No priority, one above 191, a time that is
none, structured data that does not end, bytes that are not UTF-8: a dead letter with the reason.

By UDP what there is no room for is lost and counted as by the source \`udp\`; by TCP senders wait. What was taken and is in no
checkpoint is lost at a crash. The event time is that of arrival, unless \`time: { at: time }\` says otherwise.`,
  since: '0.1.0',
  options: {
    port: field.count('The port; 0 takes a free one. Others than root need one above 1023.', {
      default: 5514,
      min: 0,
      max: 65_535,
    }),
    host: field.text('The address to listen on; 0.0.0.0 is all of them.', { default: '127.0.0.1' }),
    transport: field.choice('What to listen for.', ['udp', 'tcp', 'both'], { default: 'udp' }),
    tls: tlsField,
    encoding: field.choice('How bytes become text.', ['utf-8', 'latin-1'], { default: 'utf-8' }),
    zone: field.text('What senders of RFC 3164 are ahead of UTC: `+01:00`.', { default: '+00:00' }),
    maxMessage: field.bytes('The largest message.', { default: '64KiB', min: 480, max: 2 ** 28 }),
    queueBytes: field.bytes('Bytes that may wait for the stream.', { default: '16MiB', min: 1024 }),
    receiveBuffer: field.bytes('What the system may keep of datagrams that were not read yet.', {
      default: '4MiB',
      min: 1024,
      max: 2 ** 30,
    }),
    connections: field.count('Open connections at a time.', {
      unit: 'connections',
      default: 1024,
      min: 1,
      max: 65_535,
    }),
  },
  main: 'port',
  cost: 'about 2 µs a message on one core, and what `udp` and `tcp` cost',
  references: ['RFC 5424', 'RFC 3164', 'RFC 6587', 'RFC 5425: syslog over TLS', 'RFC 5426: syslog over UDP'],
  examples: [
    {
      title: 'a message of each kind',
      options: { port: 0, transport: 'tcp' },
      text: `<165>1 2003-10-11T22:14:15.003Z mymachine evntslog - ID47 [ex@32473 iut="3"] An event\n<34>Oct 11 22:14:15 mymachine su[7]: failed\n`,
    },
  ],
  types: {
    pri: 'number',
    facility: 'number',
    severity: 'number',
    version: 'number',
    time: 'number',
    host: 'text',
    app: 'text',
    pid: 'text',
    message_id: 'text',
    data: 'object',
    message: 'text',
    from: 'text',
  },
  refuse: ({ zone, tls, transport }) => {
    zoneOf(zone);
    refuseTls(tls, true);
    if (tls !== undefined && transport !== 'tcp') {
      throw new WeirError('WEIR_OPTION', '`tls` goes with `transport: tcp`: datagrams are not encrypted');
    }
  },
  clockTime: true,
  replayable: false,
  create: ({ transport, queueBytes, encoding, zone, ...rest }, context) => {
    const how = { ...rest, what: 'taking syslog', timeoutMs: 0 };
    const feeds = [
      ...(transport === 'tcp' ? [] : [new UdpFeed(context, { ...how, mode: 'server' })]),
      ...(transport === 'udp' ? [] : [new TcpFeed(context, { ...how, mode: 'server', framing: 'auto' })]),
    ];
    const options = { encoding, zoneMs: zoneOf(zone) };
    return new InboxReader(context, new Feeds(feeds), queueBytes, (message, order, out, split) => {
      const { bytes, time, from = '' } = message;
      const row = parseSyslog(bytes, time, options);
      if (typeof row === 'string') out.malformed(split, bytes, row, order);
      else out.emit(split, { ...row, from }, order, time);
    });
  },
});

/** Milliseconds of `+01:00`. Throws `WEIR_OPTION`. */
function zoneOf(text: string): number {
  const found = /^([+-])(\d\d):?(\d\d)$/.exec(text);
  if (found === null) throw new WeirError('WEIR_OPTION', `zone: '${text}' is none such as +01:00 or -05:30`);
  const [, sign, hours, minutes] = found;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3_600_000 + Number(minutes) * 60_000);
}
