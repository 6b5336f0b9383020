/**
 * What tests of stages and topologies are made with: the contract battery, drivers for one stage, a disk and a clock of one's
 * own, and stages that stand at either end of a topology under test.
 */
export {
  type BatteryOptions,
  checksOf,
  makeCheck,
  type Outcome,
  runBattery,
} from './battery/battery.ts';
export { type Check, ContractError, type Subject } from './battery/check.ts';
export { type NotMade, notMadeText, type TestRunner, testStage } from './battery/test-stage.ts';
export { type Decoded, type DecodeOptions, decode, encode } from './codec-driver.ts';
export { COLLECTING_SINK, collected } from './collecting-sink.ts';
export type { DeadLetter } from './letters.ts';
export { MemoryDisk, type MemoryDiskOptions, type Unsynced } from './memory-disk.ts';
export { type Emitted, OperatorDriver, type OperatorDriverOptions, type OperatorState } from './operator-driver.ts';
export { SCRIPTED_SOURCE, type ScriptStep } from './scripted-source.ts';
export { PENDING_FOLDER, type SinkCheckpoint, SinkDriver, type SinkDriverOptions } from './sink-driver.ts';
export { type Read, SourceDriver, type SourceDriverOptions, splitsOf } from './source-driver.ts';
export { VirtualClock } from './virtual-clock.ts';
