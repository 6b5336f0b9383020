import { ParquetFile } from '../../../actors/lib/parquet/parquet-file.ts';

/** Opens a Parquet file that is in memory. */
export function openBytes(bytes: Uint8Array): Promise<ParquetFile> {
  const handle = {
    async read(into: Buffer, offset: number, length: number, position: number) {
      return { bytesRead: Buffer.from(bytes.subarray(position, position + length)).copy(into, offset) };
    },
    async close() {},
  };
  return ParquetFile.open({ path: 'x.parquet', size: bytes.length, mark: 0 }, { open: async () => handle } as never);
}
