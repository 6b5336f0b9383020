import type { Closure } from '../stage/field.ts';

/**
 * The options of every built-in stage, by kind and name. Empty and loose in the sources, so that to add a stage stays a
 * matter of its own file; the build writes the full and strict declaration beside the compiled module (see
 * stage-types-text.ts).
 */
export interface StageTypes {
  // biome-ignore lint/complexity/noBannedTypes: filled by the build
  source: {};
  // biome-ignore lint/complexity/noBannedTypes: filled by the build
  operator: {};
  // biome-ignore lint/complexity/noBannedTypes: filled by the build
  sink: {};
  // biome-ignore lint/complexity/noBannedTypes: filled by the build
  codec: {};
}

/** The name of a built-in stage, or the path of one of the user's own. */
export type StageName<K extends keyof StageTypes> = (keyof StageTypes[K] & string) | (string & {});

/** What stands for the main option alone: `use('where', 'x > 1')`. */
export type Shorthand = string | number | boolean | Closure | readonly string[];

/** The options of a stage of this name. Until the build has written them, and for the user's own stages, any. */
export type StageOptions<K extends keyof StageTypes, N extends string> =
  | (N extends keyof StageTypes[K] ? StageTypes[K][N] : Record<string, unknown>)
  | Shorthand;
