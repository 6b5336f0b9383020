import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { messageOf, WeirError } from '../base/errors.ts';
import { nearest } from '../expr/nearest.ts';
import type { AnyDefinition, StageKind } from '../stage/definition.ts';

/** A folder of actors/ and the kind of stage that its files define. */
const FOLDERS = {
  sources: 'source',
  codecs: 'codec',
  operators: 'operator',
  learners: 'operator',
  sinks: 'sink',
} as const satisfies Record<string, StageKind>;

export type StageFolder = keyof typeof FOLDERS;

/** A stage that the registry knows of; its module has not been imported for this. */
export interface StageEntry {
  readonly kind: StageKind;
  /** The name of its file. */
  readonly name: string;
  /** Tells a learner from another operator. */
  readonly folder: StageFolder;
  readonly url: string;
}

type DefinitionOf<K extends StageKind> = Extract<AnyDefinition, { kind: K }>;

/** Finds stages by listing folders: to add a stage is to add a file. Modules are imported when asked for, once. */
export class Registry {
  readonly #root: string;
  #entries: readonly StageEntry[] | undefined;
  readonly #loaded = new Map<string, Promise<AnyDefinition>>();
  /** Told of each stage of the registry's own as its module begins to be imported. */
  onImport: (url: string) => void = () => {};

  /** @param root URL of the folder that holds `sources`, `codecs`, `operators`, `learners` and `sinks`. */
  constructor(root: string | URL) {
    this.#root = `${String(root).replace(/\/*$/, '')}/`;
  }

  /** Every stage by its kind and name, in the order of the names. Imports nothing. */
  list(kind?: StageKind): readonly StageEntry[] {
    this.#entries ??= Object.keys(FOLDERS).flatMap((folder) => this.#listFolder(folder as StageFolder));
    return kind === undefined ? this.#entries : this.#entries.filter((entry) => entry.kind === kind);
  }

  /**
   * The definition of a stage. A name that begins with `./` or `../`, or that is a `file:` URL, is a module of the
   * user's own whose default export is the definition, found from the folder `base` (a file URL).
   * Throws `WEIR_UNKNOWN_STAGE` (with `didYouMean` in its data) and `WEIR_STAGE_MODULE`.
   */
  async load<K extends StageKind>(kind: K, name: string, base?: string): Promise<DefinitionOf<K>> {
    const url = isStagePath(name) ? stageUrl(name, base) : this.#entry(kind, name).url;
    let loading = this.#loaded.get(url);
    if (!loading) {
      if (!isStagePath(name)) this.onImport(url);
      loading = importDefinition(url, name);
      this.#loaded.set(url, loading);
      // A module that failed is tried again next time: its author may be mending it.
      loading.catch(() => this.#loaded.delete(url));
    }
    const definition = await loading;
    if (definition.kind === kind) return definition as DefinitionOf<K>;
    throw new WeirError('WEIR_STAGE_MODULE', `${name} is ${article(definition.kind)}, not ${article(kind)}`);
  }

  #entry(kind: StageKind, name: string): StageEntry {
    const entries = this.list();
    const found = entries.find((entry) => entry.kind === kind && entry.name === name);
    if (found) return found;
    const elsewhere = entries.find((entry) => entry.name === name);
    const known = entries.filter((entry) => entry.kind === kind).map((entry) => entry.name);
    const didYouMean = nearest(name, known);
    throw new WeirError(
      'WEIR_UNKNOWN_STAGE',
      `there is no ${kind} named '${name}'${elsewhere ? `; '${name}' is ${article(elsewhere.kind)}` : ''}`,
      { data: { kind, name, ...(didYouMean ? { didYouMean } : {}) } },
    );
  }

  #listFolder(folder: StageFolder): StageEntry[] {
    return listModules(`${this.#root}${folder}/`).map(({ name, url }) => ({
      kind: FOLDERS[folder],
      name,
      folder,
      url,
    }));
  }
}

/** The stages that come with Weir: actors/ beside src/, as TypeScript or, below dist/, as JavaScript. */
export const builtIn = new Registry(new URL('../../actors/', import.meta.url));

/** Every built-in stage, or those of one kind, without importing them. */
export function listStages(kind?: StageKind): readonly StageEntry[] {
  return builtIn.list(kind);
}

/** A built-in stage, or one of the user's own by its path from the folder `base`. See {@link Registry.load}. */
export function loadStage<K extends StageKind>(kind: K, name: string, base?: string): Promise<DefinitionOf<K>> {
  return builtIn.load(kind, name, base);
}

/** Modules in a folder that can hold stages, by the names of their files; none when there is no such folder. */
export function listModules(folder: string): { name: string; url: string }[] {
  const path = fileURLToPath(folder);
  if (!existsSync(path)) return [];
  return readdirSync(path)
    .filter((file) => /\.(?:ts|js|mjs)$/.test(file) && !/\.(?:d|test)\.\w+$/.test(file))
    .sort()
    .map((file) => ({ name: file.replace(/\.\w+$/, ''), url: `${folder}${file}` }));
}

/** True for a stage that is named by its module and not by a name of the registry. */
export function isStagePath(name: string): boolean {
  return /^\.{0,2}\/|^file:/.test(name);
}

/** The URL of a stage's module. A path without a base is taken from the working folder. */
export function stageUrl(path: string, base: string | undefined): string {
  return new URL(path, base ?? pathToFileURL('./').href).href;
}

function article(kind: StageKind): string {
  return `${kind === 'operator' ? 'an' : 'a'} ${kind}`;
}

async function importDefinition(url: string, name: string): Promise<AnyDefinition> {
  let module: { default?: unknown };
  try {
    module = await import(url);
  } catch (error) {
    throw new WeirError('WEIR_STAGE_MODULE', `${name} cannot be loaded: ${messageOf(error)}`, { cause: error });
  }
  const definition = module.default as Partial<AnyDefinition> | undefined;
  const kinds: readonly unknown[] = Object.values(FOLDERS);
  if (typeof definition === 'object' && definition !== null && kinds.includes(definition.kind) && definition.options) {
    return definition as AnyDefinition;
  }
  throw new WeirError(
    'WEIR_STAGE_MODULE',
    `${name} has no stage as its default export: export default operator({ … }), source, sink or codec`,
  );
}
