import type { Decoder, DecoderContext, Encoder } from '../stage/codec.ts';
import type { CodecDefinition, SinkDefinition, SourceDefinition } from '../stage/definition.ts';
import type { CodecChoice } from '../stage/field.ts';
import { codecChoice, materialize } from '../topology/options.ts';
import { loadStage } from '../topology/registry.ts';

/** The codec of a source or sink under test, with its options made. */
export class ChosenCodec {
  readonly #definition: CodecDefinition<any>;
  readonly #options: any;

  constructor(definition: CodecDefinition<any>, options: unknown) {
    this.#definition = definition;
    this.#options = options;
  }

  /** Whether its records can be found from any byte on. */
  get splittable(): boolean {
    const { splittable } = this.#definition;
    return typeof splittable === 'function' ? splittable(this.#options) : splittable;
  }

  decoder(context: DecoderContext): Decoder | undefined {
    return this.#definition.decoder?.(this.#options, context);
  }

  encoder(fields?: readonly string[]): Encoder | undefined {
    return this.#definition.encoder?.(this.#options, fields ? { fields } : {});
  }
}

/**
 * The codec that the options name, else the definition's default; undefined for a stage without one. `codec` beside a stage
 * is written as in a topology: `csv`, or `{csv: {delimiter: ';'}}`.
 */
export async function chosenCodec(
  definition: SourceDefinition<any> | SinkDefinition<any>,
  written: Readonly<Record<string, unknown>>,
): Promise<ChosenCodec | undefined> {
  const { codec } = definition;
  const choice = written.codec ?? (codec === 'required' ? undefined : codec);
  if (choice === undefined) return undefined;
  const { name, options }: CodecChoice = codecChoice(choice);
  const made = await loadStage('codec', name);
  return new ChosenCodec(made, await materialize(made.options, options, { base: import.meta.url }));
}
