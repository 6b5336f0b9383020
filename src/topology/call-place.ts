import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Place } from './graph.ts';

const HERE = new URL('./', import.meta.url).href;

/** Where a call of the builder stands in the user's program. */
export interface CallPlace extends Place {
  /** Its module. */
  url: string;
}

/** The place of the nearest call that is not of this folder; undefined when the stack does not tell. */
export function callPlace(): CallPlace | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 30;
  const stack = new Error().stack ?? '';
  Error.stackTraceLimit = limit;
  for (const line of stack.split('\n').slice(1)) {
    const match = /\(?((?:file:\/\/|\/|[A-Za-z]:[\\/])[^()]*?):(\d+):(\d+)\)?$/.exec(line.trim());
    if (!match) continue;
    const url = toUrl(match[1] as string);
    if (!url.startsWith(HERE)) return { file: shownFile(url), url, line: Number(match[2]), column: Number(match[3]) };
  }
  return undefined;
}

function toUrl(path: string): string {
  return path.startsWith('file:') ? path.replace(/\?.*$/, '') : new URL(`file://${path.replaceAll('\\', '/')}`).href;
}

function shownFile(url: string): string {
  const path = fileURLToPath(url);
  const near = relative(process.cwd(), path);
  return near.startsWith('..') ? path : near;
}
