import type { Decoder, DecoderOutput } from '#stage';
import { PREFIX, SchemaFault, type SchemasById } from '../schema-registry/schemas-by-id.ts';
import { AvroFault, AvroReader } from './avro-reader.ts';
import { recordOf } from './container.ts';
import type { Read } from './read.ts';

/** Kept of broken bytes, for their dead letter. */
const SAMPLE = 4 * 1024;

/** Values one behind the other, without anything between. Behind broken bytes none can be found any more. */
export function plainDecoder(read: Read, out: DecoderOutput): Decoder {
  let isBroken = false;
  return {
    decode(b, start, end, order, last) {
      let at = start;
      while (at < end && !isBroken) {
        const r = new AvroReader(b, at, end);
        try {
          const value = recordOf(read(r));
          if (r.at === at) throw new AvroFault('a value of no bytes');
          out.accept(value, order + at - start);
          at = r.at;
        } catch (error) {
          if (!(error instanceof AvroFault)) throw error;
          // What is kept of broken bytes does not depend on how they come.
          if (!last && (error.isShort || end - at < SAMPLE)) return at;
          out.malformed(Buffer.from(b.subarray(at, Math.min(end, at + SAMPLE))), error.message, order + at - start);
          isBroken = true;
        }
      }
      // The next message is another one.
      if (last) isBroken = false;
      return end;
    },
  };
}

/** Messages that begin with the number of their schema. */
export function registryDecoder(schemas: SchemasById<Read>, out: DecoderOutput): Decoder {
  return {
    awaits: (b, start, end) => schemas.awaits(b, start, end),
    decode(b, start, end, order, last) {
      if (!last) return start;
      if (start === end) return end;
      const refuse = (reason: string) => {
        out.malformed(Buffer.from(b.subarray(start, Math.min(end, start + SAMPLE))), reason, order);
        return end;
      };
      const read = schemas.of(b, start, end);
      if (read instanceof SchemaFault) return refuse(read.what);
      const r = new AvroReader(b, start + PREFIX, end);
      try {
        const value = recordOf(read(r));
        if (r.at < end) return refuse(`${end - r.at} bytes stand behind the value`);
        out.accept(value, order);
      } catch (error) {
        if (!(error instanceof AvroFault)) throw error;
        refuse(error.message);
      }
      return end;
    },
  };
}
