import type { OperatorDefinition, SourceDefinition } from '../stage/definition.ts';
import type { Draft, StreamDraft } from './draft.ts';
import { materializeSync } from './options.ts';
import type { Prepared, PreparedStage } from './prepare.ts';
import type { Reading } from './read-draft.ts';

/** Warns of a parallelism that a stage cannot make use of: without a key all its records meet in one subtask. */
export function checkParallelism(draft: Draft, prepared: Prepared, { issues }: Reading): void {
  const streams = new Map(draft.streams.map((stream) => [stream.name, stream]));
  for (const stream of draft.streams) {
    for (const [i, step] of [stream.source, ...stream.steps].entries()) {
      const stage = step && prepared.get(step);
      const wanted = step?.beside.values.parallelism;
      if (!stage || typeof wanted !== 'number' || wanted < 2) continue;
      const reason = step === stream.source ? sourceReason(stage) : stepReason(stage, stream, i - 1, streams, prepared);
      if (reason === undefined) continue;
      issues.warn('WEIR_PARALLELISM', step.place, `parallelism ${wanted} of ${step.stage} has no effect: ${reason}`);
    }
  }
}

function sourceReason({ definition }: PreparedStage): string | undefined {
  return (definition as SourceDefinition).splits ? undefined : 'this source cannot be split';
}

function stepReason(
  stage: PreparedStage,
  stream: StreamDraft,
  index: number,
  streams: ReadonlyMap<string, StreamDraft>,
  prepared: Prepared,
): string | undefined {
  const partition = attempt(stage, ({ partition: asked }, options) =>
    typeof asked === 'function' ? asked(options) : asked,
  );
  if (partition === 'all') return 'it needs all records in one place';
  if (partition !== 'key' || hasKey(stream, index, streams, prepared, new Set())) return undefined;
  return 'the stream has no key; write key: FIELD before it';
}

/** Whether some way to a place in a stream leads through a stage that gives a key. */
function hasKey(
  stream: StreamDraft,
  index: number,
  streams: ReadonlyMap<string, StreamDraft>,
  prepared: Prepared,
  seen: Set<StreamDraft>,
): boolean {
  if (seen.has(stream)) return false;
  seen.add(stream);
  const before = stream.steps.slice(0, index).map((step) => prepared.get(step));
  const gives = (stage: PreparedStage | undefined) =>
    stage !== undefined && attempt(stage, ({ relational }, options) => relational?.(options).kind) === 'key';
  if (before.some(gives)) return true;
  return stream.from.some(({ stream: name }) => {
    const above = streams.get(name);
    return above !== undefined && hasKey(above, above.steps.length, streams, prepared, seen);
  });
}

/** Asks an operator's definition something of its options; undefined when they are faulty, which has been told. */
function attempt<T>(stage: PreparedStage, ask: (definition: OperatorDefinition, options: any) => T): T | undefined {
  try {
    return ask(stage.definition as OperatorDefinition, materializeSync(stage.definition.options, stage.options.values));
  } catch {
    return undefined;
  }
}
