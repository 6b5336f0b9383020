import {
  type AssignedSplit,
  type Decoder,
  type SourceContext,
  type SourceOutput,
  type SourceReader,
  WeirError,
} from '#stage';
import { Inbox, type Message } from './inbox.ts';

/** Messages given out at a poll, and bytes of them. */
const BATCH = 500;
const BATCH_BYTES = 256 * 1024;

/** What fills the inbox: a server, a client, a poller. */
export interface Feed {
  /** `mark`: where the last checkpoint left it, as its messages say. */
  open(inbox: Inbox, mark: unknown): void | Promise<void>;
  /** Take in no more. */
  stop(): void;
  close(): void | Promise<void>;
  /** It has come to its end by itself, and all that came is in the inbox. */
  readonly isOver?: boolean;
}

/** Makes records of a message. `order` is that of its first byte. */
export type Give = (message: Message, order: number, out: SourceOutput, split: string) => void;

/** Asked when nothing waits, and at the end: what a dead letter is to say of what has come so far, if there is anything. */
export type Rest = (isEnd: boolean) => string | undefined;

interface Position {
  readonly given: number;
  readonly mark?: unknown;
}

/**
 * Gives out what a feed brings. Its position counts the bytes given out, so that orders grow over restarts, and holds the mark of
 * the last message, where there are marks.
 */
export class InboxReader implements SourceReader {
  readonly #context: SourceContext;
  readonly #feed: Feed;
  readonly #limit: number;
  readonly #give: Give;
  readonly #rest: Rest;
  #inbox: Inbox;
  #split: string | undefined;
  #given = 0;
  #mark: unknown;
  #isClosing = false;

  constructor(
    context: SourceContext,
    feed: Feed,
    limit: number,
    give: Give = decoding(context),
    rest: Rest = () => undefined,
  ) {
    this.#context = context;
    this.#feed = feed;
    this.#limit = limit;
    this.#give = give;
    this.#rest = rest;
    this.#inbox = new Inbox(limit, context.wake);
  }

  async open([split]: readonly AssignedSplit[]): Promise<void> {
    if (split === undefined) return;
    this.#split = split.id;
    const position = split.position as Position | undefined;
    this.#given = position?.given ?? 0;
    this.#mark = position?.mark;
    this.#inbox = new Inbox(this.#limit, this.#context.wake);
    await this.#feed.open(this.#inbox, this.#mark);
  }

  poll(out: SourceOutput): 'more' | 'wait' | 'end' {
    if (this.#split === undefined) return 'end';
    let bytes = 0;
    for (let i = 0; i < BATCH && bytes < BATCH_BYTES; i++) {
      const message = this.#inbox.take();
      if (message === undefined) break;
      const order = this.#given;
      bytes += message.bytes.length;
      // Counted first: what the stream fails on is not given twice.
      this.#given += message.bytes.length + 1;
      if (message.mark !== undefined) this.#mark = message.mark;
      if (message.refused === undefined) this.#give(message, order, out, this.#split);
      else out.malformed(this.#split, message.bytes, message.refused, order);
    }
    if (this.#inbox.size > 0) return 'more';
    const isEnd = this.#isClosing || this.#feed.isOver === true;
    const reason = this.#rest(isEnd);
    if (reason !== undefined) out.malformed(this.#split, '', reason, this.#given++);
    if (!isEnd) return 'wait';
    out.endSplit(this.#split);
    return 'end';
  }

  positions(): Record<string, Position> {
    if (this.#split === undefined) return {};
    const mark = this.#mark === undefined ? {} : { mark: this.#mark };
    return { [this.#split]: { given: this.#given, ...mark } };
  }

  drain(): void {
    this.#isClosing = true;
    this.#feed.stop();
    this.#context.wake();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#feed.close();
  }
}

/** Takes each message apart by the source's codec, as a file of its own. Throws `WEIR_MESSAGE_HEADER` for one with a header. */
function decoding(context: SourceContext): Give {
  let decoder: Decoder | undefined;
  return ({ bytes }, order, out, split) => {
    decoder ??= decoderOf(context, split, out);
    let at = 0;
    while (at < bytes.length) {
      const next = decoder.decode(bytes, at, bytes.length, order + at, true);
      if (next <= at) break;
      at = next;
    }
  };
}

function decoderOf(context: SourceContext, split: string, out: SourceOutput): Decoder {
  const decoder = context.decoder(split, out);
  if (decoder.header === undefined) return decoder;
  const what = 'a message has no header: give the codec the columns instead (csv: header: false, columns)';
  throw new WeirError('WEIR_MESSAGE_HEADER', what);
}
