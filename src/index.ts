/** The public API: topologies in TypeScript and the engine that runs them, and the actors that both are made of. */
export { Actor, type ActorClass, type Behaviour, type BehaviourFunction, later } from './actor/behaviour.ts';
export type { ActorContext } from './actor/context.ts';
export type { DeadLetter, DeadLetters } from './actor/dead-letters.ts';
export { type ExitReason, type RestartType, Terminated } from './actor/exit.ts';
export type { ActorRef } from './actor/ref.ts';
export type { RestartOptions } from './actor/restart-policy.ts';
export type { ChildSpec, ModuleStart, Strategy, SuperviseOptions } from './actor/spec.ts';
export { type SupervisorOptions, supervisor } from './actor/supervisor.ts';
export type { SystemOptions } from './actor/system.ts';
export { type ErrorData, WeirError } from './base/errors.ts';
export { ActorSystem } from './host/actor-system.ts';
export { runTopology } from './host/run-topology.ts';
export type { Row } from './stage/row.ts';
export { type Topology, topology } from './topology/builder.ts';
export type { Stream } from './topology/builder-stream.ts';
export type { CheckpointInfo, EngineEvent, Running, RunOptions, StageMetrics, Summary } from './topology/running.ts';
