/** The public API: topologies in TypeScript, and the engine that runs them. */
export { type ErrorData, WeirError } from './base/errors.ts';
export { type RunningTopology, type RunTopologyOptions, runTopology } from './host/run-topology.ts';
export type { EngineEvent, Summary } from './run/engine.ts';
export type { StageMetrics } from './run/metrics.ts';
export type { Row } from './stage/row.ts';
export { type Topology, topology } from './topology/builder.ts';
export type { Stream } from './topology/builder-stream.ts';
