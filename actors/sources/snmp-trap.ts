import { field, source, WeirError } from '#stage';
import { Names } from '../lib/snmp/names.ts';
import { RowReader } from '../lib/snmp/row-reader.ts';
import { refuseUser, userFields } from '../lib/snmp/security.ts';
import { TrapFeed } from '../lib/snmp/trap-feed.ts';

/** Takes notifications of SNMP agents. */
export default source({
  summary: 'Take traps and informs of SNMP agents (versions 1, 2c and 3).',
  docs: `\`snmptrap -v2c -c public 127.0.0.1:16200 '' 1.3.6.1.6.3.1.1.5.3 1.3.6.1.2.1.2.2.1.1.7 i 7\`

| field | |
|---|---|
| \`from\` | address and port that it came from |
| \`version\`, \`kind\` | \`1\`, \`2c\` or \`3\`; \`trap\` or \`inform\` |
| \`trap\`, \`name\` | its OID, and its name if it is known, such as \`linkDown\` |
| \`user\` | of version 3 |
| \`upTime\` | how long the agent had been up, in hundredths of a second |
| \`enterprise\`, \`agent\` | of version 1, or what a proxy says of it |
| \`values\` | what comes along: \`values.ifIndex\`. OIDs without a name have \`_\` for their dots; of several values of one name the first |
| \`variables\` | the same as a list of \`oid\`, \`name\`, \`index\`, \`value\` |

What is not said is null. Traps of version 1 have the OIDs that RFC 3584 gives them. Names are those of \`snmp-poll\`, and \`names\`.

Nobody acknowledges a trap: one that finds \`queue\` full is lost, and so is what the system drops because its buffer is full; both are
counted, with a dead letter and a warning a second. An inform is acknowledged with \`ack: queued\` when there is room for it, so that its sender
repeats it otherwise; with \`ack: checkpoint\` when a checkpoint holds it. Then nothing is lost as long as senders repeat for longer than a
checkpoint takes, and what was taken before a crash may come twice.

Another community, an unknown user, a wrong password, less protection than its user has, and what is no notification: a dead letter with the
reason. Times within messages of version 3 are not looked at: whoever can listen on the way can send one again.`,
  since: '0.1.0',
  main: 'port',
  options: {
    port: field.count('The port to listen on; 0 takes a free one. 162, the usual one, needs rights.', {
      default: 16_200,
      min: 0,
      max: 65_535,
    }),
    host: field.text('The address to listen on; 0.0.0.0 is all of them.', { default: '127.0.0.1' }),
    communities: field.list('Versions 1 and 2c: communities that are let in.', field.text('A community.'), {
      default: ['public'],
    }),
    users: field.list('Version 3: users that are let in.', field.group('A user.', userFields), { default: [] }),
    engineId: field.text(
      'Version 3: the engine ID that senders of informs are told, in hexadecimal; by default one made of the port.',
      { optional: true },
    ),
    names: field.map('Names of your own: name → OID.', field.text('The OID.'), { default: {} }),
    ack: field.choice('When an inform is acknowledged.', ['queued', 'checkpoint'], { default: 'queued' }),
    queue: field.count('Records that may wait for the stream.', { unit: 'records', default: 10_000, min: 1, max: 1e7 }),
    receiveBuffer: field.bytes('What the system may keep of datagrams that were not read yet.', {
      default: '4MiB',
      min: 1024,
      max: 2 ** 30,
    }),
  },
  cost: 'about 0.1 ms of one core a notification, with version 3 up to 0.3 ms',
  references: ['RFC 3416, 4.2.6 and 4.2.7', 'RFC 3414: USM', 'RFC 3584, 3.1: traps of version 1'],
  examples: [
    { title: 'notifications of a network', options: { host: '0.0.0.0', communities: ['${env:SNMP_COMMUNITY}'] } },
    {
      title: 'by version 3, informs held until a checkpoint has them',
      options: {
        ack: 'checkpoint',
        users: [{ name: 'weir', authPassword: 'of the vault', privacyPassword: 'of the vault' }],
      },
    },
  ],
  optOut: { examples: 'its records come from agents; the test beside it has one' },
  types: {
    from: 'text',
    version: 'text',
    kind: 'text',
    trap: 'text',
    name: 'text',
    user: 'text',
    upTime: 'number',
    enterprise: 'text',
    agent: 'text',
    values: 'object',
    variables: 'list',
  },
  refuse: ({ users, engineId, names }) => {
    for (const user of users) refuseUser(user);
    new Names(names);
    // 5 to 32 octets: RFC 3411.
    if (engineId !== undefined && !/^(?:[0-9a-f]{2}){5,32}$/i.test(engineId)) {
      throw new WeirError('WEIR_OPTION', `engineId: '${engineId}' is not 5 to 32 octets in hexadecimal`);
    }
  },
  clockTime: true,
  replayable: false,
  create: ({ queue, ack, names, ...rest }, context) => {
    const how = { ...rest, names: new Names(names), ackCheckpoint: ack === 'checkpoint' };
    return new RowReader(context, new TrapFeed(context, how), queue);
  },
});
