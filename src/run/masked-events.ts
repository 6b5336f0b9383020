import { masker } from '../base/mask.ts';
import type { EngineOptions } from './engine-options.ts';

/** Events without the secrets of the graph. */
export function maskedEvents({ graph, onEvent }: EngineOptions): Pick<EngineOptions, 'onEvent'> {
  if (onEvent === undefined || graph.masks === undefined) return {};
  const mask = masker(graph.masks);
  return {
    onEvent(event) {
      if (event.type === 'restart') onEvent({ ...event, reason: mask(event.reason) });
      else onEvent(event.type === 'log' ? { ...event, text: mask(event.text) } : event);
    },
  };
}
