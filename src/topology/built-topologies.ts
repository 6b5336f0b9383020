import type { Topology } from './builder.ts';

const built = new Map<string, Topology>();

/** Keeps a topology for {@link findTopology}: the latest of its name in its module. */
export function rememberTopology(module: string, topology: Topology): void {
  built.set(`${module} ${topology.name}`, topology);
}

/**
 * A topology that a module has built in this thread, by the module's URL and its name; also one that it does not export.
 * Apart from the builder, so that a host which needs no closures loads neither that nor a YAML library.
 */
export function findTopology(module: string, name: string): Topology | undefined {
  return built.get(`${module} ${name}`);
}
