import { field, messageOf, type OptionsOf, source, WeirError } from '#stage';
import { Agent, placeOf } from '../lib/snmp/agent.ts';
import { snmpLibrary } from '../lib/snmp/library.ts';
import { Names } from '../lib/snmp/names.ts';
import { PollFeed } from '../lib/snmp/poll-feed.ts';
import { RowReader } from '../lib/snmp/row-reader.ts';
import { refuseUser, userFields } from '../lib/snmp/security.ts';

const options = {
  targets: field.list('Agents to ask: `host`, or `host:port`.', field.text('An agent.')),
  get: field.list('Single values: names such as `sysName` and `ifInOctets.3`, or OIDs.', field.text('A value.'), {
    default: [],
  }),
  walk: field.list(
    'A record for each row: tables such as `ifTable`, columns such as `ifHCInOctets`, or their OIDs, all with one index.',
    field.text('A table or column.'),
    { default: [] },
  ),
  names: field.map('Names of your own: name → OID.', field.text('The OID, of a value with its instance.'), {
    default: {},
  }),
  rates: field.flag('Add the growth of each counter a second.', { default: false }),
  every: field.duration('From one round to the next.', { default: '30s', min: 10 }),
  version: field.choice('The version of SNMP.', ['1', '2c', '3'], { default: '2c' }),
  community: field.text('With versions 1 and 2c: the community.', { default: 'public' }),
  user: field.group('With version 3: whom to ask as.', userFields, { optional: true }),
  context: field.text('With version 3: the context.', { default: '' }),
  timeout: field.duration('How long to wait for an answer.', { default: '2s', min: 10 }),
  retries: field.count('How often a question is asked again.', { unit: 'times', default: 1, min: 0, max: 20 }),
  concurrency: field.count('Agents asked at the same time.', { unit: 'agents', default: 64, min: 1, max: 10_000 }),
  repetitions: field.count('Rows that an answer may hold.', { unit: 'rows', default: 20, min: 1, max: 1000 }),
  maxRows: field.count('Rows of a table at most.', { unit: 'rows', default: 100_000, min: 1, max: 1e7 }),
  queue: field.count('Records that may wait for the stream before no more agents are asked.', {
    unit: 'records',
    default: 10_000,
    min: 1,
    max: 1e7,
  }),
};

type Options = OptionsOf<typeof options>;

/** Agents that `weir check --connect` asks at a time. */
const CHECKED_TOGETHER = 32;

/** Asks SNMP agents every so often. */
export default source({
  summary: 'Ask SNMP agents every so often for values and tables (versions 1, 2c and 3).',
  docs: `Each round asks every agent for the values of \`get\`, all of them one record, and goes through the columns of \`walk\` in bulk: then there is one
record for each row, with those values in it. Known by name are MIB-2, IF-MIB and HOST-RESOURCES-MIB; others by OID, or by \`names\`.

| field | |
|---|---|
| \`target\` | the agent, as \`targets\` has it |
| \`index\` | of a row: \`3\`, or \`1.10.0.0.1\` for an index of several parts |
| one for each value or column | by its name; \`ifInOctets.3\` is \`ifInOctets_3\`, an OID without a name has \`_\` for its dots. Null where the agent has none |
| \`ifInOctetsPerSecond\` … | with \`rates\`: of each counter; null when it cannot be known |

Numbers are numbers, those of 64 bits to the nearest; octets are text, or \`0a:1b\` where they are none; dates are ISO 8601.

**Rates** are by the agent's own clock, its sysUpTime, which is asked for along with every answer. A counter wraps at its 32 or 64 bits; an agent
that began anew in between is told by its sysUpTime, and its rates are null once; so they are at the start and after a round without an answer
for a row. A counter of 32 bits that wraps more than once between two rounds cannot be told: take those of 64, such as \`ifHCInOctets\`.

An agent that does not answer, or refuses, is told by a warning and a dead letter the first time, and asked again every round; the others go
on. An agent whose turn comes while it is still awaited, or while the stream is behind, is left out. Datagrams that are no SNMP are dead letters.`,
  since: '0.1.0',
  main: 'targets',
  options,
  cost: 'one question a round for the values, one for each ten columns and `repetitions` rows; a socket an agent; about 0.3 ms of one core a question',
  references: ['RFC 1157', 'RFC 3416: SNMPv2 operations', 'RFC 3414: USM', 'RFC 1213, 2863, 2790: MIBs'],
  examples: [
    {
      title: 'what goes through the interfaces of two switches',
      options: {
        targets: ['10.0.0.1', '10.0.0.2'],
        get: ['sysName'],
        walk: ['ifName', 'ifOperStatus', 'ifHCInOctets', 'ifHCOutOctets'],
        rates: true,
      },
    },
    {
      title: 'by version 3, authenticated and encrypted',
      options: {
        targets: ['10.0.0.3:1161'],
        walk: ['hrStorageTable'],
        version: '3',
        user: { name: 'weir', authPassword: 'of the vault', privacyPassword: 'of the vault' },
      },
    },
  ],
  optOut: { examples: 'its records come from agents; test/servers/snmp.test.ts has one' },
  clockTime: true,
  replayable: false,
  refuse: (given) => void plan(given),
  create: (given, context) => {
    const { every, timeout, maxRows, queue, ...rest } = given;
    const how = { ...rest, ...plan(given), everyMs: every, timeoutMs: timeout, mostRows: maxRows };
    return new RowReader(context, new PollFeed(context, how), queue);
  },
  connect: async (given) => {
    const library = await snmpLibrary();
    const left = [...given.targets];
    const workers = Array.from({ length: CHECKED_TOGETHER }, async () => {
      for (let target = left.shift(); target !== undefined; target = left.shift()) {
        const agent = new Agent(library, target, { ...given, timeoutMs: given.timeout }, () => {});
        try {
          await agent.get([]);
        } catch (error) {
          throw new WeirError('WEIR_SNMP', `snmp ${target}: ${messageOf(error)}`);
        } finally {
          agent.close();
        }
      }
    });
    await Promise.all(workers);
  },
});

/** What to ask for. Throws `WEIR_OPTION` or `WEIR_SNMP_NAME` for what cannot be asked. */
function plan({ targets, get, walk, names: own, version, user }: Options) {
  const wrong = (what: string) => new WeirError('WEIR_OPTION', what);
  if (targets.length === 0) throw wrong('targets: name at least one agent');
  const odd = targets.find((target) => placeOf(target) === undefined);
  if (odd !== undefined) throw wrong(`targets: '${odd}' is no host or host:port`);
  if (get.length + walk.length === 0) throw wrong('say what to ask for, in get or in walk');
  if ((version === '3') !== (user !== undefined)) throw wrong('`user` goes with `version: 3`, and that with a user');
  if (user !== undefined) refuseUser(user);
  const names = new Names(own);
  const columns = walk.flatMap((text) => names.columns(text));
  const indexes = new Set(columns.map(({ index }) => index).filter((index) => index !== undefined));
  if (indexes.size > 1) {
    const kinds = [...indexes].map((index) => `(${index.replaceAll(' ', ', ')})`).join(' and ');
    throw wrong(`walk: rows of different kinds, by ${kinds}: take each kind in a source of its own`);
  }
  return { values: get.map((text) => names.value(text)), columns };
}
