import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { Inbox } from '../../../actors/lib/sockets/inbox.ts';
import { receive } from '../../../actors/lib/sockets/receive.ts';

/** A connection that says what was asked of it. */
class FakeSocket extends EventEmitter {
  readonly asked: string[] = [];
  remoteAddress = '::ffff:10.0.0.7';
  remotePort = 99;
  pause = () => this.asked.push('pause');
  resume = () => this.asked.push('resume');
  destroy = () => this.asked.push('destroy');
}

function start(limit: number) {
  const socket = new FakeSocket();
  const inbox = new Inbox(limit, () => {});
  const ended: (Error | undefined)[] = [];
  const options = { framing: 'newline', maxMessage: 100, now: () => 5 } as const;
  receive(socket as unknown as Socket, inbox, options, (error) => ended.push(error));
  return { socket, inbox, ended };
}

test('while the inbox is full a connection is not read; it is again when half of it is free', () => {
  const { socket, inbox } = start(1000);
  for (let i = 0; i < 4; i++) socket.emit('data', Buffer.from('12345678\n'));
  expect(socket.asked).toEqual([]);
  socket.emit('data', Buffer.from('12345678\n'));
  expect([socket.asked, inbox.isFull]).toEqual([['pause'], true]);
  inbox.take();
  inbox.take();
  expect(socket.asked).toEqual(['pause']);
  inbox.take();
  expect(socket.asked).toEqual(['pause', 'resume']);
});

test('a message knows when it came, and from whom', () => {
  const { socket, inbox } = start(1000);
  socket.emit('data', Buffer.from('a\n'));
  expect(inbox.take()).toEqual({ bytes: Buffer.from('a'), time: 5, from: '10.0.0.7:99' });
});

test('what a broken connection leaves of a message is a dead letter; of an ended one a message', () => {
  const broken = start(1000);
  broken.socket.emit('data', Buffer.from('abc'));
  broken.socket.emit('error', new Error('reset'));
  broken.socket.emit('close');
  expect(broken.inbox.take()?.refused).toBe('the connection broke within a message: reset');
  expect(broken.ended).toEqual([new Error('reset')]);
  const ended = start(1000);
  ended.socket.emit('data', Buffer.from('abc'));
  ended.socket.emit('close');
  expect(ended.inbox.take()?.refused).toBeUndefined();
});

test('a queue of many gives them in order, and knows what waits', () => {
  const inbox = new Inbox(1e9, () => {});
  for (let i = 0; i < 5000; i++) inbox.put({ bytes: Buffer.from(String(i)), time: i });
  const seen = Array.from({ length: 4000 }, () => inbox.take()?.time);
  expect(seen).toEqual(Array.from({ length: 4000 }, (_, i) => i));
  expect(inbox.size).toBe(1000);
});
