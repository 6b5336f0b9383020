import { type Bytes, type Encoder, type Row, WeirError } from '#stage';

/** What is written behind the number of a schema. */
export interface Prefixed {
  readonly id: number;
  write(row: Row, into: Bytes): void;
}

/** Puts the number of the schema before each message, once the registry has told it. */
export function prefixedEncoder(ask: () => Promise<Prefixed>): Encoder {
  let made: Prefixed | undefined;
  return {
    async ready() {
      made ??= await ask();
    },
    encode(row, into) {
      if (made === undefined) {
        const what = 'this sink cannot wait for a schema registry: leave out `registry`, and write the schema itself';
        throw new WeirError('WEIR_SCHEMA_WAIT', what, { data: { permanent: true } });
      }
      const at = into.reserve(5);
      into.buffer[at] = 0;
      into.buffer.writeInt32BE(made.id, at + 1);
      into.length += 5;
      const { length } = into;
      try {
        made.write(row, into);
      } catch (error) {
        into.length = length - 5;
        throw error;
      }
    },
  };
}
