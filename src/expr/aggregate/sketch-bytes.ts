import type { Sketch } from './sketch.ts';

/** A sketch as bytes: four to a hash of the list, or six bits to a register. Which of both it is, their number tells. */
export function packSketch(sketch: Sketch): Uint8Array {
  if (sketch instanceof Uint8Array) return packRegisters(sketch);
  const bytes = new Uint8Array(sketch.length * 4);
  const view = new DataView(bytes.buffer);
  for (const [i, hash] of sketch.entries()) view.setInt32(i * 4, hash, true);
  return bytes;
}

/** The sketch again of what {@link packSketch} gave. */
export function unpackSketch(bytes: Uint8Array, precision: number): Sketch {
  // A list is made registers of before it is so long.
  if (bytes.length === (2 ** precision * 3) / 4) return unpackRegisters(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(i * 4, true));
}

/** Four registers, none above 63, in three bytes. */
function packRegisters(registers: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((registers.length * 3) / 4);
  for (let i = 0, j = 0; i < registers.length; i += 4, j += 3) {
    let word = 0;
    for (let k = 0; k < 4; k++) word |= registers[i + k]! << (6 * k);
    for (let k = 0; k < 3; k++) bytes[j + k] = word >> (8 * k);
  }
  return bytes;
}

function unpackRegisters(bytes: Uint8Array): Uint8Array {
  const registers = new Uint8Array((bytes.length * 4) / 3);
  for (let i = 0, j = 0; i < registers.length; i += 4, j += 3) {
    const word = bytes[j]! | (bytes[j + 1]! << 8) | (bytes[j + 2]! << 16);
    for (let k = 0; k < 4; k++) registers[i + k] = (word >> (6 * k)) & 63;
  }
  return registers;
}
