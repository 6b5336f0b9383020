import type { OperatorDefinition } from '../stage/definition.ts';
import type { StageDraft, StreamDraft } from './draft.ts';
import { materializeSync } from './options.ts';
import type { Prepared, PreparedStage } from './prepare.ts';

/** The last step of a stream that has a side output of this name. */
export function streamWithSide(stream: StreamDraft, side: string, prepared: Prepared): StageDraft | undefined {
  return stream.steps.findLast((step) => sidesOf(prepared.get(step))?.includes(side));
}

/** The side outputs of a stage; undefined when its faulty options do not let it say. */
export function sidesOf(stage: PreparedStage | undefined): readonly string[] | undefined {
  if (!stage) return undefined;
  const definition = stage.definition as OperatorDefinition;
  if (!definition.sides) return [];
  try {
    return definition.sides(materializeSync(definition.options, stage.options.values));
  } catch {
    // Told by the check of its options.
    return undefined;
  }
}
