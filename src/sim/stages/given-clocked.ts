import given from './given.ts';

/** As `given`, for a source whose time is the clock's: while it is quiet, the watermark goes on with the clock. */
export default { ...given, clockTime: true };
