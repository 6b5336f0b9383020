import type { SinkDefinition } from '../stage/definition.ts';
import type { StageDraft } from './draft.ts';
import type { Reading } from './read-draft.ts';

/**
 * Refuses `buffer` beside a sink that commits with the checkpoint: what waits is sent when the checkpoint is long over, so
 * nothing is left that it could be part of. `options` are the sink's, parsed.
 */
export function checkBuffer(
  { stage, path, beside }: StageDraft,
  sink: SinkDefinition,
  options: any,
  reading: Reading,
): void {
  const { buffer } = beside.values;
  if (buffer === undefined || buffer === null) return;
  const { delivery, options: fields } = sink;
  if ((typeof delivery === 'function' ? delivery(options) : delivery) !== 'exactly-once') return;
  const place = reading.document.places.key([...path.slice(0, -1), 'buffer']);
  const choices = fields.delivery?.choices?.filter((choice) => choice !== 'exactly-once') ?? [];
  const advice =
    choices.length > 0
      ? `give ${stage} the option delivery: ${choices.join(' or ')}`
      : `leave it out: ${stage} needs none, unless what it writes to is away, and then the stream waits`;
  const what = `${stage} writes exactly once, by committing with the checkpoint, and what waits in a buffer goes out behind it`;
  reading.issues.error('WEIR_BUFFER_EXACTLY_ONCE', place, what, { expected: advice });
}
