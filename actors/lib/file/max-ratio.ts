import { field } from '#stage';

/** For sources that unpack files. */
export const maxRatioField = field.count(
  'A compressed file that unpacks to more than 64 MiB and to more than so many times its size is read no further.',
  { unit: 'times', default: 250, min: 1, max: 1e6 },
);
