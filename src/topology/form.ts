import type { StageKind } from '../stage/definition.ts';
import { type Fields, field } from '../stage/field.ts';
import { MOST_THREADS } from '../world/threads.ts';

/** What a parameter says of itself: `params: { input: { doc: …, default: … } }`. */
export const PARAMETER_FIELDS = {
  doc: field.text('What it is for.', { optional: true }),
  default: field.any('Its value when none is given; without a default one must be given: `--set NAME=…`.', {
    optional: true,
  }),
  secret: field.flag('Never show its value. Values from the environment are secret anyway.', { default: false }),
};

/** The settings of a topology as a whole. */
export const SETTINGS_FIELDS = {
  checkpoint: field.group(
    'Checkpoints: state and source positions made durable together.',
    { every: field.duration('Time from one checkpoint to the next.', { min: 10, default: '1s' }) },
    { default: {} },
  ),
  supervision: field.group(
    'When a part fails or hangs.',
    {
      turnLimit: field.duration('A turn that takes longer means that its thread hangs: it is replaced.', {
        min: 100,
        default: '5s',
      }),
      maxRestarts: field.count('Restarts within the period that are taken before the topology fails.', {
        unit: 'restarts',
        min: 0,
        max: 1e6,
        default: 5,
      }),
      period: field.duration('The period that restarts are counted in.', { min: 1, default: '1m' }),
    },
    { default: {} },
  ),
  threads: field.count('Threads to run on; without it the command line and the machine decide.', {
    unit: 'threads',
    min: 1,
    max: MOST_THREADS,
    optional: true,
  }),
};

/** Event time of a stream that has a source. */
export const TIME_FIELDS = {
  at: field.expression(
    'The event time of a record: milliseconds since the epoch or ISO 8601 text, in UTC unless it has an offset. Without it the time that the source knows.',
    { optional: true },
  ),
  outOfOrder: field.duration('How far a record may come behind the latest one and still be on time.', {
    default: '0s',
  }),
  ahead: field.duration(
    'A record whose time lies further ahead of the clock is a dead letter: it would make all that come behind it late.',
    { default: '1d' },
  ),
  idle: field.duration('A split that had nothing for so long no longer holds back the watermark.', {
    min: 1,
    optional: true,
  }),
  align: field.duration(
    'A split that is further ahead than this is not read until the others have come nearer, those of sources that it meets in a step too.',
    { min: 1, optional: true },
  ),
  quiet: field.duration('When none of the splits had anything for so long, event time goes on with the clock.', {
    min: 1,
    optional: true,
  }),
};

/** What stands beside a stage's name in a step. */
export const STAGE_FIELDS = {
  name: field.text('A name for its state of its own, so that the step can move without losing it.', {
    optional: true,
  }),
  onError: field.choice('What happens to a record that the stage throws on.', ['dead-letter', 'skip', 'fail'], {
    optional: true,
  }),
  parallelism: field.count('How many subtasks.', { unit: 'subtasks', min: 1, max: 128, optional: true }),
};

/** What stands beside a sink's name, besides. */
const BUFFER_FIELD = field.group(
  'Its records wait on the disk, in the state folder, while the system that they go to is away.',
  {
    maxBytes: field.bytes('How much may wait, for each subtask.', { min: 1 << 16, default: '1GB' }),
    maxAge: field.duration('What has waited for longer is dropped, and counted.', { min: 1000, optional: true }),
    full: field.choice(
      'When `maxBytes` wait: the stream waits too, or the oldest records or the newest are dropped, and counted.',
      ['wait', 'drop-oldest', 'drop-newest'],
      { default: 'wait' },
    ),
  },
  { optional: true },
);
export const SINK_FIELDS = { ...STAGE_FIELDS, buffer: BUFFER_FIELD };

/** What may stand beside the name of a stage. */
export function fieldsBeside(kind: StageKind): Fields {
  if (kind === 'codec') return {};
  return kind === 'sink' ? SINK_FIELDS : STAGE_FIELDS;
}

/** What stands beside `source` or `from`, `do` and `to` of a stream: it holds for all its stages. */
export const STREAM_FIELDS = {
  doc: field.text('What the stream carries.', { optional: true }),
  onError: STAGE_FIELDS.onError,
  parallelism: STAGE_FIELDS.parallelism,
};

const rows = (of: string) => field.map('Records by stream.', field.list('Records, in order.', field.any(of)));

/** One test of a topology: records in, records out. */
export const TEST_FIELDS = {
  name: field.text('What the test promises.'),
  doc: field.text('More about it.', { optional: true }),
  params: field.map('Values of parameters in this test.', field.any('A value.'), { optional: true }),
  clock: field.any('What the clock shows at the beginning: milliseconds since the epoch or ISO 8601 text.', {
    default: 0,
  }),
  end: field.flag(
    'Each stream ends behind its last record, which closes its windows. With `false` the run is stopped.',
    {
      default: true,
    },
  ),
  given: {
    ...rows('A record, or a step such as { $advance: 10s }.'),
    doc: 'Records that streams with a source get instead of what it would read.',
  },
  lake: field.map(
    'Rows that tables of the lake hold for `lookup`; without it they have none.',
    field.list('Rows, in order.', field.any('A row, with its key, and its time if it is not that of `clock`.')),
    { optional: true },
  ),
  expect: {
    ...rows('A record.'),
    doc: 'Records that streams (`cpu`), side outputs (`cpu.late`) and `deadLetters` must give, all of them.',
  },
  ordered: field.flag('The records of a stream must also come in the order in which they are expected.', {
    default: false,
  }),
  partial: field.flag('Only the fields that an expected record names are compared.', { default: false }),
};

export const TOPOLOGY_KEYS = [
  'name',
  'doc',
  'params',
  'stages',
  'streams',
  'checkpoint',
  'supervision',
  'threads',
  'tests',
] as const;

export const STREAM_KEYS = ['source', 'from', 'time', 'schema', 'do', 'to', ...Object.keys(STREAM_FIELDS)] as const;
