import { expect, test } from 'vitest';
import { Outage } from '../../../../actors/lib/delivery/outage.ts';
import { world as host } from './world.ts';

const AWAY = 'warn Kafka at k:1: ECONNREFUSED; it is tried again';
const later = (time: string) => AWAY.replace(';', `, for ${time} now;`);
const BACK = 'info Kafka at k:1 answers again';

test('an outage is told at its start, once a minute and at its end, however often and by whom it is met', () => {
  const world = host();
  const outage = new Outage('Kafka at k:1', world);
  const tasks = [{}, {}, {}];
  for (let second = 0; second < 150; second++) {
    world.at = second * 1000;
    for (const task of tasks) outage.failed(task, second + 1, 'ECONNREFUSED');
  }
  const told = [AWAY, later('1m'), later('2m')];
  expect(world.lines).toEqual(told);
  for (const task of tasks) outage.passed(task);
  for (const task of tasks) outage.passed(task);
  expect(world.lines).toEqual([...told, BACK]);
});

test('it is over when the last of those is answered that met it, and the next one is another', () => {
  const world = host();
  const outage = new Outage('Kafka at k:1', world);
  const [one, other] = [{}, {}];
  outage.failed(one, 10, 'ECONNREFUSED');
  outage.failed(other, 10, 'ECONNREFUSED');
  outage.passed(one);
  expect(world.lines).toEqual([AWAY]);
  outage.passed(other);
  outage.failed(one, 10, 'ECONNREFUSED');
  outage.passed(one);
  expect(world.lines).toEqual([AWAY, BACK]);
  world.at += 60_000;
  outage.failed(one, 10, 'ECONNREFUSED');
  expect(world.lines).toEqual([AWAY, BACK, AWAY]);
});

test('what passes within a moment is not told of', () => {
  const world = host();
  const outage = new Outage('Kafka at k:1', world);
  for (let tries = 1; tries <= 3; tries++) outage.failed(outage, tries, 'ECONNREFUSED');
  outage.passed(outage);
  expect(world.lines).toEqual([]);
});

test('what fails after three seconds or more is told of at once, and what fails soon when it has gone on for so long', () => {
  const world = host();
  const outage = new Outage('Kafka at k:1', world);
  world.at = 3000;
  outage.failed(outage, 1, 'ECONNREFUSED', 0);
  expect(world.lines).toEqual([AWAY]);
  outage.passed(outage);
  world.at = 100_000;
  outage.failed(outage, 1, 'ECONNREFUSED', 99_000);
  expect(world.lines).toEqual([AWAY, BACK]);
  world.at = 102_000;
  outage.failed(outage, 2, 'ECONNREFUSED', 101_999);
  expect(world.lines).toEqual([AWAY, BACK, AWAY]);
});

test('who gives up says nothing of an answer, and the next outage is another', () => {
  const world = host();
  const outage = new Outage('Kafka at k:1', world);
  outage.failed(outage, 10, 'ECONNREFUSED');
  outage.gaveUp(outage);
  expect(world.lines).toEqual([AWAY]);
  world.at += 60_000;
  outage.failed(outage, 10, 'ECONNREFUSED');
  expect(world.lines).toEqual([AWAY, AWAY]);
  outage.passed(outage);
  expect(world.lines).toEqual([AWAY, AWAY, BACK]);
});
