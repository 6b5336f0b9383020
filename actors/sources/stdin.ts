import { field, source } from '#stage';
import { atLineStart, standardInput } from '../lib/stream/standard-input.ts';
import { StreamReader } from '../lib/stream/stream-reader.ts';

/** Reads what is piped into the process. */
export default source({
  summary: 'Read what is piped into the process.',
  docs: `\`tail -F app.log | weir run errors.yaml\`. Ends with its input. What has been read is not there again after a crash, so
records on their way are lost with it; to read a file use \`file\`, or \`tail\` for one that grows.`,
  since: '0.1.0',
  options: {
    maxRecord: field.bytes(
      'A longer record is a dead letter. For a codec that reads whole documents, the longest one.',
      {
        default: '16MiB',
        min: 1024,
        max: 2 ** 30,
      },
    ),
  },
  cost: 'half a MiB of memory',
  examples: [{ title: 'records from a pipe', text: '{"id": 1}\n{"id": 2}', expect: [{ id: 1 }, { id: 2 }] }],
  codec: 'ndjson',
  bounded: true,
  replayable: false,
  optOut: { 'close gives back what open took': 'it would take the input of the tests themselves' },
  create: ({ maxRecord }, context) => new StreamReader(context, standardInput, maxRecord, atLineStart),
});
