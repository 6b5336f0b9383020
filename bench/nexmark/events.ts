import { Buffer } from 'node:buffer';
import { Random } from './random.ts';

/** What decides the content of a Nexmark stream. */
export interface NexmarkOptions {
  /** Another seed is another stream; whole, from 0. Default 1. */
  seed?: number;
  /** Events per second of event time. Default 10,000. */
  rate?: number;
  /** Event time of the first event, epoch milliseconds. Default 1,600,000,000,000. */
  baseTime?: number;
  /** Each event's time is late by up to so much against the order of the stream. Default 0: times ascend. */
  outOfOrderMs?: number;
}

export const EVENTS_PER_ROUND = 50;
export const AUCTIONS_PER_ROUND = 3;
export const FIRST_ID = 1000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
const HOT_GROUP = 100;
const RECENT_AUCTIONS = 100;
const RECENT_PEOPLE = 1000;
/** Mean sizes before JSON; `extra` fills up to them. Of the numbers, those the benchmark's own sizes count: 8 bytes each. */
const PERSON_BYTES = 200;
const AUCTION_BYTES = 500;
const BID_BYTES = 100;
const CHANNELS = 10_000;

const STATES = ['AZ', 'CA', 'ID', 'OR', 'WA', 'WY'];
const CITIES = 'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(',');
const FIRST_NAMES = 'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter'.split(',');
const LAST_NAMES = 'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris'.split(',');
const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'];

/**
 * The events of one Nexmark stream, each a function of its number: of every 50 one person, three auctions, 46 bids.
 * An event is written straight into a buffer, as a line of JSON; all its text is ASCII.
 *
 * Source: Tucker et al., NEXMark, a benchmark for queries over data streams (2002), with the proportions and the
 * channels of the Flink edition.
 */
export class NexmarkEvents {
  readonly #seed: number;
  readonly #rate: number;
  readonly #baseTime: number;
  readonly #outOfOrderMs: number;
  readonly #random = new Random();
  /** Channel and url as JSON, the hot ones first. */
  readonly #channels: string[];
  readonly #channelBytes: number[];

  constructor({ seed = 1, rate = 10_000, baseTime = 1_600_000_000_000, outOfOrderMs = 0 }: NexmarkOptions = {}) {
    this.#seed = seed;
    this.#rate = rate;
    this.#baseTime = baseTime;
    this.#outOfOrderMs = outOfOrderMs;
    this.#channels = this.#makeChannels();
    this.#channelBytes = this.#channels.map((json) => json.length - '"channel":"","url":""'.length);
  }

  /** The longest line an event can have, in bytes. */
  static readonly maxLineBytes = 2048;

  /** Event `number` (from 0) as an object. Slow; for tests and looking things up. */
  event(number: number): Record<string, unknown> {
    const line = Buffer.alloc(NexmarkEvents.maxLineBytes);
    return JSON.parse(line.toString('latin1', 0, this.write(number, line, 0)));
  }

  /** Writes event `number` (from 0) with its line feed at `at`, where `maxLineBytes` must be free; returns the end. */
  write(number: number, out: Buffer, at: number): number {
    const random = this.#random;
    random.seed(this.#seed, number);
    const late = this.#outOfOrderMs === 0 ? 0 : random.below(this.#outOfOrderMs + 1);
    const dateTime = this.#baseTime + Math.floor((number * 1000) / this.#rate) + late;
    const offset = number % EVENTS_PER_ROUND;
    if (offset === 0) return this.#writePerson(number, dateTime, out, at);
    if (offset <= AUCTIONS_PER_ROUND) return this.#writeAuction(number, dateTime, out, at);
    return this.#writeBid(number, dateTime, out, at);
  }

  #writePerson(number: number, dateTime: number, out: Buffer, at: number): number {
    const random = this.#random;
    const name = `${pick(random, FIRST_NAMES)} ${pick(random, LAST_NAMES)}`;
    const email = `${random.text(7, '_')}@${random.text(5, '_')}.com`;
    let card = '';
    for (let i = 0; i < 4; i++) card += `${i > 0 ? ' ' : ''}${String(random.below(10_000)).padStart(4, '0')}`;
    const city = pick(random, CITIES);
    const state = pick(random, STATES);
    const id = FIRST_ID + lastPerson(number);
    at += out.write(
      `{"event_type":0,"person":{"id":${id},"name":"${name}","emailAddress":"${email}","creditCard":"${card}",` +
        `"city":"${city}","state":"${state}","dateTime":${dateTime},"extra":"`,
      at,
      'latin1',
    );
    const size = 8 + name.length + email.length + card.length + city.length + state.length;
    return this.#writeExtra(PERSON_BYTES - size, out, at);
  }

  #writeAuction(number: number, dateTime: number, out: Buffer, at: number): number {
    const random = this.#random;
    const seller = FIRST_ID + this.#person(number, 0);
    const category = FIRST_CATEGORY + random.below(CATEGORIES);
    const initialBid = price(random);
    const horizonMs = Math.floor((RECENT_AUCTIONS * EVENTS_PER_ROUND * 1000) / (AUCTIONS_PER_ROUND * this.#rate));
    const expires = dateTime + 1 + random.below(Math.max(1, 2 * horizonMs));
    const itemName = random.text(20, ' ');
    const description = random.text(100, ' ');
    const reserve = initialBid + price(random);
    at += out.write(
      `{"event_type":1,"auction":{"id":${FIRST_ID + lastAuction(number)},"itemName":"${itemName}",` +
        `"description":"${description}","initialBid":${initialBid},"reserve":${reserve},"dateTime":${dateTime},` +
        `"expires":${expires},"seller":${seller},"category":${category},"extra":"`,
      at,
      'latin1',
    );
    return this.#writeExtra(AUCTION_BYTES - 48 - itemName.length - description.length, out, at);
  }

  #writeBid(number: number, dateTime: number, out: Buffer, at: number): number {
    const random = this.#random;
    const last = lastAuction(number);
    const hot = random.below(2) > 0;
    const auction = hot ? last - (last % HOT_GROUP) : last - random.below(Math.min(last + 1, RECENT_AUCTIONS));
    const bidder = FIRST_ID + this.#person(number, 1);
    const channel = random.below(2) > 0 ? random.below(4) : HOT_CHANNELS.length + random.below(CHANNELS);
    at += out.write(
      `{"event_type":2,"bid":{"auction":${FIRST_ID + auction},"bidder":${bidder},"price":${price(random)},` +
        `${this.#channels[channel]},"dateTime":${dateTime},"extra":"`,
      at,
      'latin1',
    );
    return this.#writeExtra(BID_BYTES - 8 - this.#channelBytes[channel]!, out, at);
  }

  /** A hot person (3 of 4), `hotOffset` after a multiple of 100, or one of the last 1000. */
  #person(number: number, hotOffset: number): number {
    const last = lastPerson(number);
    if (this.#random.below(4) > 0) return last - (last % HOT_GROUP) + hotOffset;
    return last - this.#random.below(Math.min(last + 1, RECENT_PEOPLE));
  }

  /** Letters whose number is on average `mean`, within 20 %, and the end of the line. */
  #writeExtra(mean: number, out: Buffer, at: number): number {
    const spread = Math.round(mean * 0.2);
    at = this.#random.letters(out, at, mean - spread + this.#random.below(2 * spread + 1));
    out[at++] = 34;
    out[at++] = 125;
    out[at++] = 125;
    out[at++] = 10;
    return at;
  }

  #makeChannels(): string[] {
    const random = this.#random;
    return Array.from({ length: HOT_CHANNELS.length + CHANNELS }, (_, i) => {
      random.seed(this.#seed, 2 ** 52 + i); // beyond all event numbers
      const path = `${random.text(5, '_')}/${random.text(5, '_')}/${random.text(5, '_')}`;
      const n = i - HOT_CHANNELS.length;
      const id = n >= 0 && random.below(10) > 0 ? `&channel_id=${n}` : '';
      const url = `https://www.nexmark.com/${path}/item.htm?query=1${id}`;
      return `"channel":"${HOT_CHANNELS[i] ?? `channel-${n}`}","url":"${url}"`;
    });
  }
}

/** The number (from 0) of the newest auction when event `number` is made, itself included. */
export function lastAuction(number: number): number {
  const before = Math.floor(number / EVENTS_PER_ROUND) * AUCTIONS_PER_ROUND;
  return before + Math.min(number % EVENTS_PER_ROUND, AUCTIONS_PER_ROUND) - 1;
}

/** The number (from 0) of the newest person when event `number` is made, itself included. */
export function lastPerson(number: number): number {
  return Math.floor(number / EVENTS_PER_ROUND);
}

function price(random: Random): number {
  return Math.round(100 * 10 ** (6 * random.unit()));
}

function pick(random: Random, values: string[]): string {
  return values[random.below(values.length)]!;
}
