import type { AssignedSplit, SourceContext, SourceOutput, SourceReader } from '#stage';
import { type Give, InboxReader, type Rest } from '../sockets/inbox-reader.ts';
import { UdpFeed } from '../sockets/udp-feed.ts';
import { FlowDecoder, type FlowOptions, type FlowState } from './decoder.ts';

export interface FlowReaderOptions extends FlowOptions {
  readonly host: string;
  readonly port: number;
  readonly queueBytes: number;
  readonly receiveBuffer: number;
}

/** The most that a datagram has. */
const MOST = 65_536;
/** From one dead letter about what was lost to the next. */
const TELL_MS = 1000;

/** Takes flows by UDP. The position holds templates and samplings, which exporters repeat but seldom. */
export class FlowReader implements SourceReader {
  readonly #inner: InboxReader;
  readonly #context: SourceContext;
  readonly #decoder: FlowDecoder;
  readonly #missing = new Map<string, number>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #lost = 0;
  #cancel: (() => void) | undefined;

  constructor(context: SourceContext, options: FlowReaderOptions) {
    this.#context = context;
    this.#decoder = new FlowDecoder(options);
    const feed = new UdpFeed(context, { ...options, mode: 'server', maxMessage: MOST, what: 'taking flows' });
    this.#inner = new InboxReader(context, feed, options.queueBytes, this.#give, this.#rest);
  }

  readonly #give: Give = ({ bytes, time, from = '' }, order, out, split) => {
    let next = order;
    // The port changes when an exporter begins anew; its templates are then announced anew.
    const exporter = from.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
    this.#decoder.decode(bytes, exporter, {
      record: (row) => out.emit(split, row, next++, time),
      fault: (reason, part) => out.malformed(split, part, `from ${exporter}: ${reason}`, next++),
      lost: (count, what) => {
        const key = `${what} of ${exporter}`;
        this.#missing.set(key, (this.#missing.get(key) ?? 0) + count);
      },
    });
    const reason = this.#due(false);
    if (reason !== undefined) out.malformed(split, '', reason, next);
  };

  readonly #rest: Rest = (isEnd) => {
    const reason = this.#due(isEnd);
    // What is told too soon for now is told in time, though nothing else may come.
    if (this.#missing.size > 0) this.#cancel ??= this.#context.after(TELL_MS, this.#wake);
    return reason;
  };

  readonly #wake = () => {
    this.#cancel = undefined;
    this.#context.wake();
  };

  #due(isEnd: boolean): string | undefined {
    if (this.#missing.size === 0) return undefined;
    const now = this.#context.now();
    if (!isEnd && now - this.#toldAt < TELL_MS) return undefined;
    this.#toldAt = now;
    return this.#tell();
  }

  #tell(): string {
    const parts = [...this.#missing].map(([of, count]) => `${count} ${of}`);
    for (const count of this.#missing.values()) this.#lost += count;
    this.#missing.clear();
    const reason = `lost on the way, by their sequence numbers: ${parts.join(', ')}`;
    this.#context.log('warn', `${reason}; ${this.#lost} since the start`);
    return reason;
  }

  open([split]: readonly AssignedSplit[]): Promise<void> {
    const position = split?.position as { flows?: FlowState } | undefined;
    if (position?.flows !== undefined) this.#decoder.restore(position.flows);
    return this.#inner.open(split === undefined ? [] : [split]);
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    return this.#inner.poll(out);
  }

  positions(): Record<string, object> {
    const flows = this.#decoder.snapshot();
    return Object.fromEntries(
      Object.entries(this.#inner.positions()).map(([split, position]) => [split, { ...position, flows }]),
    );
  }

  drain(): void {
    this.#inner.drain();
  }

  close(): Promise<void> {
    this.#cancel?.();
    // Nobody takes dead letters now.
    if (this.#missing.size > 0) this.#tell();
    return this.#inner.close();
  }
}
