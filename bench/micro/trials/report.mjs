// What the trials share: the median, a table in Markdown, and how long others kept a thread from running.

import { openSync, readSync } from 'node:fs';

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function table(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (row) =>
    `| ${row.map((cell, i) => (i ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (i ? `${'-'.repeat(width + 1)}:` : '-'.repeat(width + 2))).join('|')}|`;
  console.log([line(all[0]), rule, ...all.slice(1).map(line)].join('\n'));
}

/**
 * A function that says how many milliseconds this thread has been ready to run but waited for a core. To take them off
 * makes up for what else runs on the machine. Only Linux tells; elsewhere always 0.
 */
export function waitedClock() {
  const text = Buffer.alloc(64);
  let file = -1;
  try {
    file = openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return () => 0;
  }
  return () => {
    const length = readSync(file, text, 0, text.length, 0);
    return Number(text.latin1Slice(0, length).split(' ')[1]) / 1e6;
  };
}
