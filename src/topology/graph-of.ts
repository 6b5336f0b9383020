import { assert } from '../base/errors.ts';
import type { TopologyDocument } from './document.ts';
import type { Draft, StageDraft, StreamDraft, StreamReference } from './draft.ts';
import { SETTINGS_FIELDS, SINK_FIELDS, TIME_FIELDS } from './form.ts';
import { DEFAULT_SETTINGS, type ErrorPolicy, type Graph, type GraphNode, type TimeSettings } from './graph.ts';
import { durationOf } from './leaf-values.ts';
import { type OptionValues, optionFields, optionPath, takesCodec } from './option-values.ts';
import { codecChoice, materializeSync } from './options.ts';
import type { Parameters } from './parameters.ts';
import type { Prepared, PreparedStage } from './prepare.ts';
import { stageIds } from './stage-ids.ts';
import { otherStreams } from './stream-options.ts';
import { streamWithSide } from './stream-sides.ts';

type Input = GraphNode['inputs'][number];

/** Makes the graph of a draft without faults: every stage a node, every `from` a connection. */
export function graphOf(draft: Draft, prepared: Prepared, document: TopologyDocument, parameters: Parameters): Graph {
  const ids = stageIds(draft);
  const streams = new Map(draft.streams.map((stream) => [stream.name, stream]));

  /** Where the records of a stream come out, or of one of its sides. */
  const outputOf = ({ stream, side }: Pick<StreamReference, 'stream' | 'side'>): Input => {
    const from = streams.get(stream) as StreamDraft;
    if (side !== undefined) {
      const step = streamWithSide(from, side, prepared);
      assert(step, `stream ${stream} has a side ${side}`);
      return { node: ids.get(step) as string, side };
    }
    const last = from.steps.at(-1) ?? from.source;
    if (last) return { node: ids.get(last) as string };
    return from.from.length === 1 ? outputOf(from.from[0] as StreamReference) : { node: `${stream}.from` };
  };

  const nodes = draft.streams.flatMap((stream): GraphNode[] => {
    const made: GraphNode[] = [];
    let inputs: Input[] = [];
    const add = (stage: StageDraft) => {
      const node = { ...nodeOf(stage, stream, prepared.get(stage) as PreparedStage, parameters), inputs };
      made.push({ ...node, id: ids.get(stage) as string });
      return made.at(-1) as GraphNode;
    };
    if (stream.source) {
      const node = add(stream.source);
      if (stream.time) node.time = timeOf(stream.time.values);
      inputs = [{ node: node.id }];
    } else {
      inputs = stream.from.map(outputOf);
      if (inputs.length > 1) {
        made.push(unionOf(stream, inputs));
        inputs = [{ node: `${stream.name}.from` }];
      }
    }
    for (const step of stream.steps) {
      const others = otherStreams(prepared.get(step), { document });
      inputs = [...inputs, ...others.map((other) => ({ ...outputOf(other), port: other.port }))];
      inputs = [{ node: add(step).id }];
    }
    for (const sink of stream.sinks) add(sink);
    return made;
  });

  const masks = parameters.masks();
  return {
    name: draft.name,
    ...(draft.doc === undefined ? {} : { doc: draft.doc }),
    base: document.base,
    ...(document.module !== undefined && holdsClosures(nodes) ? { module: document.module } : {}),
    nodes,
    settings: settingsOf(draft),
    ...(masks.length === 0 ? {} : { masks }),
  };
}

function nodeOf(
  draft: StageDraft,
  stream: StreamDraft,
  { definition, options, codecs }: PreparedStage,
  parameters: Parameters,
): Omit<GraphNode, 'id' | 'inputs'> {
  const written = Object.entries(options.values).filter(([, value]) => value !== undefined && value !== null);
  const values = Object.fromEntries(written);
  for (const [name, codec] of codecs) values[name] = { [codec.draft.stage]: codec.options.values };
  const codec = takesCodec(definition) ? (values.codec ?? optionFields(definition).codec?.default) : undefined;
  if (takesCodec(definition)) delete values.codec;
  const parallelism = draft.beside.values.parallelism ?? stream.beside.values.parallelism;
  const secrets = secretOptions(options, parameters);
  const { buffer } = draft.beside.values;
  return {
    stream: stream.name,
    kind: draft.kind as GraphNode['kind'],
    stage: draft.stage,
    options: values,
    ...(codec === undefined ? {} : { codec: codecChoice(codec) }),
    onError: (draft.beside.values.onError ?? stream.beside.values.onError ?? 'dead-letter') as ErrorPolicy,
    ...(parallelism === undefined ? {} : { parallelism: parallelism as number }),
    ...(buffer === undefined || buffer === null ? {} : { buffer: bufferOf(buffer) }),
    ...(secrets.length === 0 ? {} : { secrets }),
    place: draft.place,
  };
}

/** The options that a secret lies in, however deep. */
function secretOptions(options: OptionValues, parameters: Parameters): string[] {
  const secret = parameters.secretPaths();
  return Object.keys(options.values).filter((name) => {
    const above = optionPath(options, [name]);
    return secret.some((path) => above.every((step, i) => path[i] === step));
  });
}

function unionOf(stream: StreamDraft, inputs: Input[]): GraphNode {
  return {
    id: `${stream.name}.from`,
    stream: stream.name,
    kind: 'union',
    stage: 'union',
    options: {},
    inputs,
    onError: 'dead-letter',
    ...(stream.from[0] ? { place: stream.from[0].place } : {}),
  };
}

function timeOf(values: Readonly<Record<string, unknown>>): TimeSettings {
  const { at, outOfOrder, ahead, idle, align, quiet } = values;
  const given = (value: unknown) => value !== undefined && value !== null;
  return {
    ...(given(at) ? { at } : {}),
    outOfOrderMs: durationOf(outOfOrder ?? TIME_FIELDS.outOfOrder.default),
    aheadMs: durationOf(ahead ?? TIME_FIELDS.ahead.default),
    ...(given(idle) ? { idleMs: durationOf(idle) } : {}),
    ...(given(align) ? { alignMs: durationOf(align) } : {}),
    ...(given(quiet) ? { quietMs: durationOf(quiet) } : {}),
  };
}

function bufferOf(written: unknown): NonNullable<GraphNode['buffer']> {
  const { buffer } = materializeSync({ buffer: SINK_FIELDS.buffer }, { buffer: written });
  const { maxBytes, maxAge, full } = buffer as NonNullable<typeof buffer>;
  return { maxBytes, ...(maxAge === undefined ? {} : { maxAgeMs: maxAge }), full };
}

function settingsOf(draft: Draft): Graph['settings'] {
  const { checkpoint, supervision, threads } = materializeSync(SETTINGS_FIELDS, draft.settings.values);
  return {
    ...DEFAULT_SETTINGS,
    checkpointIntervalMs: checkpoint.every,
    turnLimitMs: supervision.turnLimit,
    maxRestarts: supervision.maxRestarts,
    restartPeriodMs: supervision.period,
    ...(threads === undefined ? {} : { threads }),
  };
}

function holdsClosures(value: unknown): boolean {
  if (typeof value === 'function') return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsClosures);
}
