import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVER } from '../../support/tls.ts';
import { Server } from './server.ts';

export const PORT = 19_183;
export const SECURE = PORT + 1;
export const url = `mqtt://127.0.0.1:${PORT}`;

export const broker = () =>
  new Server('mosquitto', {
    WEIR_INSTANCE: 'test-mqtt',
    MQTT_PORT: PORT,
    MQTT_SECURE_PORT: SECURE,
    MQTT_CERT: SERVER.cert,
    MQTT_KEY: SERVER.key,
  });

/** Publishes a message for each line, by Mosquitto's own tool. */
export async function publish(topic: string, lines: readonly string[], ...how: string[]): Promise<void> {
  const child = spawn('mosquitto_pub', ['-p', String(PORT), '-t', topic, '-l', ...how], {
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(`${lines.join('\n')}\n`);
  await ended(child);
}

/** Makes the session of a client, so that the broker keeps for it what comes before it is there itself. */
export async function subscribeFor(clientId: string, topic: string): Promise<void> {
  const args = ['-p', String(PORT), '-i', clientId, '-c', '-q', '2', '-t', topic, '-E'];
  await ended(spawn('mosquitto_sub', args, { stdio: ['ignore', 'ignore', 'inherit'] }));
}

function ended(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) =>
    child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`${child.spawnfile} ended with ${code}`)))),
  );
}

/** Looks again and again until something outside of this process is so. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

export const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => n + from);
export const records = (ids: readonly number[]) => ids.map((id) => JSON.stringify({ id }));
