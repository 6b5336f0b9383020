import type { Writable } from 'node:stream';
import { printableLine } from '../base/printable.ts';
import { formatBytes, formatDuration } from '../base/units.ts';
import type { Engine } from '../run/engine.ts';
import type { Graph } from '../topology/graph.ts';
import type { EngineEvent } from '../topology/running.ts';
import type { Cancel, Clock } from '../world/clock.ts';
import { bufferText, Rates, type StageRates, totalText, watermarkWords } from './rates.ts';
import type { Display } from './run-file.ts';

const EVERY_MS = 5000;
const FIRST_MS = 200;
/** Each stage has a line of its own once in so many looks: a minute. */
const STAGES_EVERY = 12;

/** One line for whatever happens, for files and pipes. What sinks print goes to stdout, all else to stderr. */
export class PlainLog implements Display {
  readonly #to: Writable;
  readonly #clock: Clock;
  readonly #rates = new Rates();
  #cancel: Cancel = () => {};
  #engine: Engine | undefined;

  constructor(to: Writable, clock: Clock) {
    this.#to = to;
    this.#clock = clock;
  }

  start(graph: Graph, engine: Engine): void {
    this.#engine = engine;
    this.#line(`${graph.name}: starting`);
  }

  /** Lines about how it goes, the first soon, so that somebody who looks sees that it lives. */
  #begin(engine: Engine): void {
    this.#cancel();
    this.#rates.read(engine.metrics(), this.#clock);
    const tick = (ms: number, looks: number) => {
      this.#cancel = this.#clock.after(ms, () => {
        const stages = this.#rates.read(engine.metrics(), this.#clock);
        this.#line(totalText(stages, engine.restarts, this.#clock.now()));
        if (looks % STAGES_EVERY === 0) this.#stages(stages);
        tick(EVERY_MS, looks + 1);
      });
    };
    tick(FIRST_MS, 1);
  }

  #stages(stages: readonly StageRates[]): void {
    for (const stage of stages) {
      const parts = [`${stage.stage}: ${stage.inRate}/s in, ${stage.outRate}/s out`];
      if (stage.kind !== 'source') parts.push(`queue ${Math.round(stage.fill * 100)} %`);
      if (stage.held > 0) parts.push('held back until others come nearer');
      const { watermarkText: watermark } = stage;
      if (watermark !== undefined) parts.push(watermarkWords(watermark));
      if (stage.late > 0) parts.push(`${stage.late} late`);
      const buffer = bufferText(stage, this.#clock.now());
      if (buffer !== undefined) parts.push(buffer);
      if (stage.deadLetters > 0) parts.push(`${stage.deadLetters} dead letters`);
      this.#line(parts.join(', '));
    }
  }

  event(event: EngineEvent): void {
    switch (event.type) {
      case 'started':
        this.#line(event.resumed ? `resumed from checkpoint ${event.epoch}` : 'started');
        if (this.#engine) this.#begin(this.#engine);
        break;
      case 'restart':
        this.#line(`restart ${event.count} in ${formatDuration(event.inMs)}: ${event.reason}`);
        break;
      case 'quarantine':
        this.#line(`record ${event.order} brought ${event.stage} down twice: it goes to the dead letters`);
        break;
      case 'log':
        this.#line(`${event.stage === '' ? event.level : `${event.level} ${event.stage}`}: ${event.text}`);
        break;
      case 'checkpoint':
        if (event.info.epoch % 10 === 1) {
          const { epoch, durationMs, bytes } = event.info;
          this.#line(`checkpoint ${epoch} took ${formatDuration(durationMs)}, ${formatBytes(bytes)} of state`);
        }
    }
  }

  print(text: string, shown: () => void): void {
    process.stdout.write(text, () => shown());
  }

  end(): void {
    this.#cancel();
  }

  #line(text: string): void {
    this.#to.write(`${new Date(this.#clock.now()).toISOString()} ${printableLine(text)}\n`);
  }
}
