import { mergeCounts, packCounts, topCounts, uncount, unpackCounts } from './counts.ts';
import { addToDigest, mergeDigest, newDigest, quantileOf } from './digest.ts';
import { countHeavy, mergeHeavy } from './heavy-hitters.ts';
import {
  eventValue,
  firstValues,
  keptQuantile,
  mergeKept,
  newEvents,
  newValues,
  packKept,
  unpackEvents,
  unpackValues,
} from './kept.ts';
import { collect, collectedValues, isBefore, mergeCollected } from './ordered.ts';
import { addToSketch, mergeSketch, sketchedCount } from './sketch.ts';
import { packSketch, unpackSketch } from './sketch-bytes.ts';
import { addToSpread, mergeSpread, newSpread, rootOf, varianceOf } from './spread.ts';

/** What the code of units and of aggregates reaches as `$a`. */
export const tools = Object.freeze({
  addToDigest,
  mergeDigest,
  newDigest,
  quantileOf,
  collect,
  collectedValues,
  isBefore,
  mergeCollected,
  addToSketch,
  mergeSketch,
  sketchedCount,
  packSketch,
  unpackSketch,
  mergeCounts,
  packCounts,
  unpackCounts,
  topCounts,
  countHeavy,
  mergeHeavy,
  uncount,
  addToSpread,
  mergeSpread,
  newSpread,
  rootOf,
  varianceOf,
  firstValues,
  keptQuantile,
  mergeKept,
  newEvents,
  newValues,
  packKept,
  unpackEvents,
  unpackValues,
  eventValue,
});
