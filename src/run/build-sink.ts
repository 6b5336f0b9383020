import { located, toErrorData, WeirError } from '../base/errors.ts';
import { BufferedWriter } from '../flow/buffer/buffered-writer.ts';
import type { BufferSettings } from '../flow/buffer/settings.ts';
import type { Consumer } from '../flow/consumer.ts';
import { SinkNode } from '../flow/sink-node.ts';
import type { Bytes } from '../stage/bytes.ts';
import type { Encoder } from '../stage/codec.ts';
import type { SinkDefinition } from '../stage/definition.ts';
import { PendingPart } from '../stage/pending-part.ts';
import type { SinkContext, SinkWriter } from '../stage/sink.ts';
import type { LoadedStage } from '../topology/load-stages.ts';
import type { PlanNode } from '../topology/plan.ts';
import { changesOf } from '../topology/plan-updates.ts';
import type { ChainParts } from './build-chain.ts';
import { created, opened } from './created.ts';
import { hasEventTimes } from './event-times.ts';
import { isPermanent } from './permanent.ts';

/** Builds a sink's part of a chain. */
export function buildSink(parts: ChainParts, node: PlanNode): Consumer {
  const loaded = parts.stages.get(node.id) as LoadedStage;
  const { options, codec } = loaded;
  const definition = loaded.definition as SinkDefinition;
  const { world, subtask, plan, data, at } = parts;
  const counters = parts.counters(node);
  const errors = parts.errors(node, counters);
  const lateErrors = parts.errors(node, counters, parts.lateScope);
  let made: SinkNode | undefined;
  const context: SinkContext = {
    name: `${data.plan.name}-${node.id}`,
    at,
    subtask,
    parallelism: plan.parallelism,
    disk: world.disk,
    pendingFolder: data.pendingFolder,
    pendingPart: () => new PendingPart(world.disk, parts.pendingPath(node.id)),
    ...(node.fields ? { fields: node.fields } : {}),
    keyNames: node.keyNames,
    updating: node.updating === true,
    scattered: node.scattered === true,
    eventTime: hasEventTimes(node.id, parts.stages),
    epoch: data.epoch,
    encoder: () => makeEncoder(codec, node),
    terminal: parts.terminal,
    now: () => world.clock.now(),
    after: (ms, task) => parts.owned.after(ms, task),
    checkpoint: () => parts.checkpoint(),
    deadLetter(row, code, reason) {
      if (made?.writing) errors.deadLetter(row, code, reason);
      else {
        counters.deadLate++;
        try {
          lateErrors.deadLetter(row, code, reason);
        } catch (error) {
          parts.fail(node.id, error);
        }
      }
    },
    fail: (error) => parts.fail(node.id, error),
    log: (level, text) => parts.log(level, node.id, text),
  };
  const create = (own: SinkContext) => created(loaded, () => definition.create(options, own));
  const { buffer } = loaded.node;
  const writer = buffer === undefined ? create(context) : buffered(buffer);
  parts.owned.add(() => writer.close?.());
  parts.opening.push(opened(node.id, () => writer.open?.()));
  /** Its records wait on the disk; what it opens and closes then is the buffer's affair. */
  function buffered(settings: BufferSettings): SinkWriter {
    const isFinal = (error: unknown) => isPermanent(toErrorData(error));
    const folder = data.bufferFolder;
    return new BufferedWriter({ settings, folder, stage: node.id, context, counters, create, isFinal });
  }
  made = new SinkNode(writer, at, errors, counters, changesOf(definition, options) === 'rows');
  parts.nodes.push({ stage: node.id, counters, sink: made });
  return made;
}

/** An encoder of a sink's codec. */
export function makeEncoder(codec: LoadedStage['codec'], node: { id: string; fields?: readonly string[] }): Encoder {
  const encoder = codec?.definition.encoder?.(codec.options, node.fields ? { fields: node.fields } : {});
  if (encoder === undefined) {
    throw new WeirError('WEIR_CODEC', `${node.id}: its codec cannot write${codec ? '' : ', it has none'}`);
  }
  const { header, encode } = encoder;
  if (header === undefined) return encoder;
  return {
    encode: encode.bind(encoder),
    header(into: Bytes) {
      try {
        header.call(encoder, into);
      } catch (error) {
        throw located(node.id, error);
      }
    },
  };
}
