import { Bytes, type Encoder } from '#stage';

/** The bytes that stand once at the beginning of a file; none for codecs without such. */
export function headerOf(encoder: Encoder): Uint8Array {
  const bytes = new Bytes(1024);
  encoder.header?.(bytes);
  return new Uint8Array(bytes.view());
}
