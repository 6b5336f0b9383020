import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, resolve } from 'node:path';
import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor.js';
import { messageOf, WeirError } from '#stage';

const KEEP = { keepCase: true };

/** A file of Protocol Buffers that others import, by the name that they import it by. */
export interface ProtoFile {
  readonly name: string;
  readonly schema: string;
}

/** Reads a schema from text, with those that it imports. Throws `WEIR_PROTOBUF_SCHEMA`. */
export function parseProto(text: string, imports: readonly ProtoFile[] = []): protobuf.Root {
  return coded(() => {
    const root = new protobuf.Root();
    const needed = new Set<string>();
    for (const { schema } of [...imports, { schema: text }]) {
      const { imports: own = [], weakImports = [] } = protobuf.parse(schema, root, KEEP);
      for (const name of [...own, ...weakImports]) needed.add(name);
    }
    for (const name of needed) addCommon(root, name, imports);
    root.resolveAll();
    return root;
  });
}

/** Those of Google that everybody knows come with the library. */
function addCommon(root: protobuf.Root, name: string, imports: readonly ProtoFile[]): void {
  const common = protobuf.common.get(name);
  if (common?.nested) {
    if (!imports.some((file) => file.name === name)) root.addJSON(common.nested);
  } else if (!imports.some((file) => file.name === name)) throw new Error(`there is no ${name}, which it imports`);
}

/** Reads `.proto` with what it imports from its folder on, or a descriptor set, as `protoc -o` writes it. Throws `WEIR_PROTOBUF_SCHEMA`. */
export function readProto(file: string): protobuf.Root {
  return coded(() => {
    if (!file.endsWith('.proto')) {
      const root = (protobuf.Root as unknown as { fromDescriptor(bytes: Buffer): protobuf.Root }).fromDescriptor(
        readFileSync(file),
      );
      return root.resolveAll() as protobuf.Root;
    }
    const root = new protobuf.Root();
    root.resolvePath = (_, target) => (isAbsolute(target) ? target : resolve(dirname(file), target));
    root.loadSync(resolve(file), KEEP).resolveAll();
    return root;
  });
}

function coded<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    const what = `the schema of Protocol Buffers cannot be used: ${messageOf(cause)}`;
    throw new WeirError('WEIR_PROTOBUF_SCHEMA', what, { cause });
  }
}

/** The messages of a file, in the order in which they are declared, each with those inside it: what indexes count. */
export function messagesOf(text: string): protobuf.Type[] {
  return coded(() => {
    const root = new protobuf.Root();
    const { package: name } = protobuf.parse(text, root, KEEP);
    const space = name ? root.lookup(name) : root;
    return inside(space as protobuf.NamespaceBase);
  });
}

export function inside(space: protobuf.NamespaceBase): protobuf.Type[] {
  return space.nestedArray.filter((one): one is protobuf.Type => one instanceof protobuf.Type);
}

/** A message by its full name; without a name the only one, or the first that is declared. Throws `WEIR_PROTOBUF_SCHEMA`. */
export function messageNamed(root: protobuf.Root, name: string | undefined): protobuf.Type {
  const found = name === undefined ? first(root) : root.lookup(name, [protobuf.Type]);
  if (found instanceof protobuf.Type) return found;
  throw new WeirError('WEIR_PROTOBUF_SCHEMA', `the schema of Protocol Buffers has no message ${name ?? 'at all'}`);
}

function first(space: protobuf.NamespaceBase): protobuf.Type | undefined {
  for (const one of space.nestedArray) {
    if (one instanceof protobuf.Type) return one;
    if (one.fullName === '.google' || !(one instanceof protobuf.Namespace)) continue;
    const found = first(one);
    if (found !== undefined) return found;
  }
  return undefined;
}
