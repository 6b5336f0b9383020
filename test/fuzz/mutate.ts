/** Bytes that mean something to many formats: ends, signs, lengths that go on, brackets, quotes. */
const TELLING = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 10, 13, 32, 34, 44, 58, 60, 91, 92, 93, 123, 125];
/** Numbers at the edges of what fields hold. */
const EDGES = [0, 1, -1, 127, 128, 255, 256, 65_535, 65_536, 2 ** 31 - 1, -(2 ** 31), 2 ** 24];

/** Makes an input of valid ones: mostly one with a few faults, now and then two spliced, or noise. */
export function mutate(seeds: readonly Buffer[], random: () => number): Buffer {
  const whole = (below: number) => Math.floor(random() * below);
  const pick = () => seeds[whole(seeds.length)]!;
  if (random() < 0.02) return Buffer.from(Array.from({ length: whole(300) }, () => whole(256)));
  let bytes = Buffer.from(pick());
  for (let faults = 1 + whole(random() < 0.2 ? 12 : 3); faults > 0; faults--) {
    const at = whole(bytes.length + 1);
    const to = Math.min(bytes.length, at + whole(random() < 0.5 ? 4 : 64));
    const rest = bytes.subarray(to);
    switch (whole(9)) {
      case 0:
        if (at < bytes.length) bytes[at]! ^= 1 << whole(8);
        break;
      case 1:
        if (at < bytes.length) bytes[at] = TELLING[whole(TELLING.length)]!;
        break;
      case 2:
        bytes = Buffer.from(bytes.subarray(0, at));
        break;
      case 3:
        bytes = Buffer.concat([bytes.subarray(0, at), rest]);
        break;
      case 4:
        bytes = Buffer.concat([bytes.subarray(0, to), bytes.subarray(at, to), rest]);
        break;
      case 5:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.alloc(1 + whole(20), TELLING[whole(TELLING.length)]!),
          rest,
        ]);
        break;
      case 6:
        if (at + 4 <= bytes.length) {
          const edge = EDGES[whole(EDGES.length)]!;
          if (random() < 0.5) bytes.writeInt32BE(edge, at);
          else bytes.writeInt32LE(edge, at);
        }
        break;
      case 7: {
        const other = pick();
        bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(whole(other.length + 1))]);
        break;
      }
      default:
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          Buffer.from(Array.from({ length: 1 + whole(6) }, () => whole(256))),
          rest,
        ]);
    }
  }
  return bytes.subarray(0, 64 * 1024);
}
