import { field, source } from '#stage';
import { FlowReader } from '../lib/netflow/flow-reader.ts';

/** Flows of network traffic. */
export default source({
  summary: 'Take flows of network traffic by UDP: NetFlow 5, NetFlow 9 and IPFIX.',
  docs: `A record is a flow. Besides the fields below it has what the exporter's template names, by the names of IANA's registry, whatever the
version: \`sourceIPv4Address\`, \`destinationTransportPort\`, \`protocolIdentifier\`, \`octetDeltaCount\`, \`packetDeltaCount\`, …

| field | |
|---|---|
| \`kind\` | \`flow\`, or \`options\` |
| \`version\` | 5, 9, or 10 for IPFIX |
| \`exporter\` | address that it came from |
| \`domain\` | observation domain, source id, or engine type × 256 + engine id |
| \`exported\` | when it was sent, by the exporter's clock |
| \`start\`, \`end\` | of the flow, in milliseconds, or null |
| \`sampling\` | one of so many packets was looked at: \`octetDeltaCount * sampling\` estimates all; 1 where nothing is said |
| \`template\` | number of its template; null in NetFlow 5 |

Addresses are text, whole numbers beyond 2^53 too, times milliseconds, what is just bytes hexadecimal. An element that is not in the
list is \`element_ID\`, one of a company \`enterprise_NUMBER_ID\`, the other direction of a flow \`reverse…\`; an element that stands there
several times is a list. \`options\` gives the records of options too, such as names of interfaces, with the names of their scope in \`scope\`.

Templates are kept for each exporter, version and domain, also over a restart; where \`maxFields\` is exceeded those go that were not
used for longest. Flows whose template has not come yet, datagrams that are cut off and numbers that cannot be are dead letters with
their bytes; the other sets of a datagram count. What the sequence numbers say was lost on the way, and what this machine dropped
(see \`udp\`), is told by a dead letter a second at most. The event time is that of arrival, unless \`time: { at: end }\` says otherwise.`,
  since: '0.1.0',
  options: {
    port: field.count('The port; 0 takes a free one. IPFIX has 4739.', { default: 2055, min: 0, max: 65_535 }),
    host: field.text('The address to take datagrams at; 0.0.0.0 is all of them.', { default: '127.0.0.1' }),
    options: field.flag('Give records of options too.', { default: false }),
    maxFields: field.count('Fields of all templates that are kept.', { default: 100_000, min: 1, max: 1e7 }),
    maxDomains: field.count('Domains of exporters whose sampling and sequence numbers are kept.', {
      default: 10_000,
      min: 1,
      max: 1e6,
    }),
    queueBytes: field.bytes('Bytes that may wait for the stream.', { default: '16MiB', min: 1024 }),
    receiveBuffer: field.bytes('What the system may keep of datagrams that were not read yet.', {
      default: '4MiB',
      min: 1024,
      max: 2 ** 30,
    }),
  },
  main: 'port',
  cost: 'about 3 µs a flow of 20 fields; 0.1 KB a field of the templates',
  references: [
    'https://www.cisco.com/c/en/us/td/docs/net_mgmt/netflow_collection_engine/3-6/user/guide/format.html',
    'RFC 3954: NetFlow 9',
    'RFC 7011: IPFIX',
    'RFC 5103: flows of both directions',
    'https://www.iana.org/assignments/ipfix',
  ],
  examples: [{ title: 'flows of all who send them', options: { port: 0 } }],
  optOut: { examples: 'its records are binary; the test beside it has some' },
  clockTime: true,
  replayable: false,
  create: (options, context) => new FlowReader(context, options),
});
