/** How a sink's records wait on the disk for a system that is away. */
export interface BufferSettings {
  maxBytes: number;
  maxAgeMs?: number;
  full: 'wait' | 'drop-oldest' | 'drop-newest';
}
