import type { Server } from 'node:http';
import type { AssignedSplit, SourceContext, SourceOutput, SourceReader } from '#stage';
import { Intake, type IntakeLimits } from './intake.ts';
import { type ServeOptions, serve, urlOf } from './serve.ts';

/** Records emitted at a poll. */
const BATCH = 500;

export interface HttpOptions
  extends Pick<ServeOptions, 'host' | 'port' | 'path' | 'maxBody' | 'timeoutMs' | 'connections' | 'tls' | 'admits'> {
  readonly limits: IntakeLimits;
  /** Answer only when the records are in a checkpoint. */
  readonly ackCheckpoint: boolean;
}

/** Emits the records that requests bring. Its position is how many it has emitted. */
export class HttpReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #o: HttpOptions;
  #split = '0';
  #intake = new Intake({ records: 0, bytes: 0 }, 0);
  #server: Server | undefined;
  #closed = false;

  constructor(context: SourceContext, options: HttpOptions) {
    this.#context = context;
    this.#o = options;
  }

  async open([split]: readonly AssignedSplit[]): Promise<void> {
    if (split === undefined) {
      this.#closed = true;
      return;
    }
    this.#split = split.id;
    this.#intake = new Intake(this.#o.limits, typeof split.position === 'number' ? split.position : 0);
    this.#server = await serve({
      ...this.#o,
      closed: () => this.#closed,
      health: () => ({
        status: this.#closed ? 'closing' : 'ok',
        waiting: this.#intake.size,
        queue: this.#o.limits.records,
      }),
      take: (rows, bytes, answer) => {
        const wait = this.#o.ackCheckpoint ? answer : undefined;
        const refusal = this.#intake.offer(rows, bytes, this.#context.now(), wait);
        if (refusal !== undefined) return refusal;
        if (wait === undefined) answer();
        this.#context.wake();
        return undefined;
      },
    });
    this.#server.on('error', (error) => this.#context.fail(error));
    this.#context.log('info', `taking records at ${urlOf(this.#server, this.#o.path, this.#o.tls ? 'https' : 'http')}`);
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    this.#intake.take(BATCH, (row, order, time) => out.emit(this.#split, row, order, time));
    if (this.#intake.size > 0) return 'more';
    return this.#closed ? 'end' : 'wait';
  }

  positions(): Record<string, number> {
    return { [this.#split]: this.#intake.given };
  }

  committed(positions: Record<string, unknown>): void {
    const position = positions[this.#split];
    if (typeof position === 'number') this.#intake.committed(position);
  }

  drain(): void {
    this.#closed = true;
    this.#context.wake();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const server = this.#server;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      // Answers that are still owed will not come: a broken connection tells the sender so.
      server.closeAllConnections();
    });
  }
}
