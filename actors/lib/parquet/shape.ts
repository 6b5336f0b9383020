import type { FileShape } from '../files/rolling.ts';
import { footerOf, MAGIC } from './footer.ts';
import type { Compression } from './library.ts';
import type { PartNote } from './part-encoder.ts';

/** A Parquet file that grows by row groups; those with the same columns can lie in one file. */
export function parquetShape(compression: Compression): FileShape {
  return {
    suffix: '.parquet',
    header: MAGIC,
    kindOf: (note) => JSON.stringify((note as PartNote).columns.map(({ name, type }) => [name, type])),
    async footer(notes) {
      const [first] = notes as readonly [PartNote, ...PartNote[]];
      const groups = (notes as readonly PartNote[]).flatMap((note) => note.groups);
      const { loadLibrary } = await import('./library.ts');
      return footerOf(await loadLibrary(compression), first.columns, groups);
    },
  };
}
