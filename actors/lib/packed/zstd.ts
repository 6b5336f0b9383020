/** The calls of the zstd library that are used. */
export interface Zstd {
  compress(bytes: Uint8Array, level?: number): Uint8Array;
  decompress(bytes: Uint8Array, options?: { defaultHeapSize?: number }): Uint8Array;
}

let loaded: Promise<Zstd> | undefined;

/** Loads the zstd library, once. */
export function zstdLibrary(): Promise<Zstd> {
  loaded ??= import('@bokuweb/zstd-wasm').then(async (library) => {
    // CommonJS: how its names come through an import depends on who loads it.
    const made = 'init' in library ? library : (library as { default: typeof library }).default;
    await made.init();
    return made;
  });
  return loaded;
}
