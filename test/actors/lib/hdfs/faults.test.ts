import { expect, test } from 'vitest';
import { faultOf, RemoteFault } from '../../../../actors/lib/hdfs/faults.ts';

test('what HDFS says is told in one line without control characters', () => {
  const said = new RemoteFault('IOException\nstarted', 'no disk\r2026 started\u001b[2J\n\tat org.apache', 500);
  expect(faultOf(said, 'HDFS').error.message).toBe('HDFS: IOException started: no disk 2026 started [2J');
});
