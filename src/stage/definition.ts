import type { Expression } from '../expr/expression.ts';
import type { Answerer, AnswererContext } from './answerer.ts';
import type { Decoder, DecoderContext, Encoder, EncoderContext } from './codec.ts';
import type { Fields, KeySpec, OptionsOf, Projection } from './field.ts';
import type { Operator, OperatorContext } from './operator.ts';
import type { FieldTypes, Sees, SideRecords } from './record-types.ts';
import type { Row } from './row.ts';
import type { Committer, CommitterContext, SinkContext, SinkWriter } from './sink.ts';
import type { SourceContext, SourceReader, Split } from './source.ts';

/** Options, input and what must come out: documentation that runs as a test. */
export interface Example {
  title: string;
  options?: Record<string, unknown>;
  /** The module that its options name, such as `./pages.mjs#once`: JavaScript that imports nothing. It is shown, and it is run. */
  module?: string;
  /**
   * Records in; a number under `$time` sets the event time, a value under `$key` the key, a name under `$input` that it comes
   * by the stream which that option names, and `$retract: true` makes it a retraction, also among those that come out.
   */
  given?: Row[];
  /** Bytes in, for codecs. */
  text?: string;
  expect?: Row[];
  /** Bytes out, for codecs. */
  expectText?: string;
}

/** What every stage says of itself. The name is the name of its file. */
export interface Common<F extends Fields> {
  /** One sentence, ended by a full stop. */
  summary: string;
  /** More, in Markdown. */
  docs?: string;
  since: string;
  options: F;
  /** The option that may stand alone: `where: x > 1` for `where: {if: x > 1}`. */
  main?: keyof F & string;
  cost?: string;
  references?: string[];
  examples: Example[];
  /** Looks at the options as a whole, at `weir check`: throws a coded error where they cannot work. */
  refuse?(options: OptionsOf<F>): void;
  /** Checks of the contract battery that do not hold here, each with its reason. */
  optOut?: Record<string, string>;
}

/** Field paths that a stage reads; 'all' when it cannot tell. */
export type Reads = readonly (readonly string[])[] | 'all';

/** What the planner may do with an operator that is an expression and nothing else. */
export type Relational =
  | { kind: 'filter'; filter: Expression }
  | { kind: 'project'; select: Projection }
  | { kind: 'key'; key: KeySpec };

/**
 * Which records must meet in one instance. 'any': none, it has no state. 'key': those of one key, or all when the stream has
 * no key. 'all': all of them. A key of the operator's own: those with equal values of it. The rest are for stages whose point
 * is where records go: 'rebalance' deals them out in turn, 'broadcast' gives all to every instance, a range gives those
 * below the first bound to the first instances, and so on.
 */
export type Partition =
  | 'any'
  | 'key'
  | 'all'
  | 'rebalance'
  | 'broadcast'
  | { by: KeySpec }
  | { range: Expression; bounds: readonly (number | string)[] };

/** Why a stage takes no updating stream, as `weir check` says it. */
export interface NoChanges {
  /** Ends the sentence `… takes no updates, and … gives them: `. */
  why: string;
  /** What would be right there. */
  instead: string;
}

/** What an operator asks of another stream that it reads. */
export interface OtherInput {
  partition: Partition;
  /** Field paths it reads; default 'all'. */
  reads?: Reads;
  /** It takes retractions of that stream, too. Without this an updating stream is refused. */
  changes?: boolean;
  /** Without `changes`: why, where that does not go without saying. */
  noChanges?: NoChanges | undefined;
  /**
   * The stage waits for the end of that stream, which `onOtherEnd` tells. Until then event time stands still for it, so that
   * what it holds back will not be late for those who follow.
   */
  awaited?: boolean;
}

export interface OperatorDefinition<F extends Fields = Fields> extends Common<F> {
  kind: 'operator';
  /** Raised when the state's form changes: state of a newer version is refused. */
  stateVersion: number;
  partition: Partition | ((options: OptionsOf<F>) => Partition);
  /** What no other step of a topology may have besides, if it has such a thing: told by `weir check`. */
  claims?(options: OptionsOf<F>): { code: string; what: string; advice: string } | undefined;
  /**
   * Reads event time, so its stream needs a watermark. 'if-any': without event time it takes records as they come, see
   * {@link OperatorContext.clocked}.
   */
  eventTime?: boolean | 'if-any' | ((options: OptionsOf<F>) => boolean);
  /** Field paths it reads; default 'all'. */
  reads?(options: OptionsOf<F>): Reads;
  /** It passes on the records it gets, as they are or with fields added. Default false: it makes new ones. */
  passes?: boolean;
  /** The fields of its output, exactly and in order, when it makes new records. */
  fields?(options: OptionsOf<F>, keyNames: readonly string[]): readonly string[] | undefined;
  /**
   * The types of fields, for `weir check`: of those in `fields`, or, where these are undefined, of all that it adds to the
   * records that it passes on. Without it nothing is known of the latter. Fields left out are those of aggregates, projections
   * and the key, by their names.
   */
  types?: FieldTypes | ((options: OptionsOf<F>) => FieldTypes | undefined);
  /** What expressions see that are not about the record in hand alone, by option. */
  sees?(options: OptionsOf<F>, keyNames: readonly string[]): Readonly<Record<string, Sees>>;
  /**
   * The streams that it reads besides, by the option (of kind `stream`) that names each: how their records are dealt out and
   * what it reads of them. Records of theirs come to `onOther`. An option without a value is no input.
   */
  others?(options: OptionsOf<F>): Readonly<Record<string, OtherInput>>;
  /**
   * What it does with an updating stream. 'passes': each change goes through it as a record does, for stages whose output
   * depends on nothing but the record in hand. 'takes': it reads `at.retract` and gives what is right for it. Without this it
   * refuses such a stream.
   */
  changes?: 'passes' | 'takes' | ((options: OptionsOf<F>) => 'passes' | 'takes' | undefined);
  /** Where it refuses such a stream: why, where that does not go without saying. */
  noChanges?(options: OptionsOf<F>): NoChanges | undefined;
  /** When it does so, where that hangs on its options: words for people that follow "if". */
  changesIf?: { readonly passes?: string; readonly takes?: string };
  /** Its output is updating: later rows take the place of earlier ones of the same key. With 'passes' it is as its input is. */
  updates?: boolean | ((options: OptionsOf<F>, updating: { input: boolean; others: boolean }) => boolean);
  /** Its updating output may hold several rows of one key. Default false: a row takes the place of the one before it. */
  manyPerKey?: boolean;
  /** The fields that make up the key of its output, when that is not the key of its input. */
  outputKey?(options: OptionsOf<F>, keyNames: readonly string[]): readonly string[] | undefined;
  /** Names of its side outputs. */
  sides?(options: OptionsOf<F>): readonly string[];
  /** What its side outputs give, by name; of others nothing is known. */
  sideRecords?:
    | Readonly<Record<string, SideRecords>>
    | ((options: OptionsOf<F>) => Readonly<Record<string, SideRecords>>);
  /** It is one of the forms that the planner can move, fuse and push into a decoder. */
  relational?(options: OptionsOf<F>): Relational;
  /** A first half that runs before the records are exchanged, so that few cross. */
  partial?(options: OptionsOf<F>, context: OperatorContext): Operator;
  /** Answers what its subtasks ask by `context.ask`: one of the topology's, on the engine's thread. Undefined: nobody asks. */
  answerer?(options: OptionsOf<F>, context: AnswererContext): Answerer | undefined;
  /** Runs code of the user's, which may hang or end the thread: the watchdog follows it record by record. */
  userCode?: boolean;
  create(options: OptionsOf<F>, context: OperatorContext): Operator;
  /** Whether the system that it asks is there and lets it in, for `weir check --connect`: rejects with a coded error if not. */
  connect?(options: OptionsOf<F>): Promise<void>;
}

export interface SourceDefinition<F extends Fields = Fields> extends Common<F> {
  kind: 'source';
  /** It gives bytes, which a codec takes apart. The value is the default codec, or 'required'. */
  codec?: string;
  /** It comes to an end by itself. */
  bounded?: boolean | ((options: OptionsOf<F>) => boolean);
  /**
   * The time it gives its records is the clock's: while it is quiet, the watermark goes on with the clock. So it is for
   * every stream of bytes whose records name no event time, unless this is false.
   */
  clockTime?: boolean;
  /** All fields of its records, for `weir check`; without it nothing is known of them. */
  types?: FieldTypes | ((options: OptionsOf<F>) => FieldTypes | undefined);
  /** It can be read again from a position: nothing is lost at a crash. */
  replayable: boolean;
  /** Its splits, asked once at the first start; default a single one named `0`, so one subtask. */
  splits?(options: OptionsOf<F>, context: { parallelism: number; splittable: boolean }): Promise<Split[]>;
  /**
   * The subtask that reads a split; by default splits are dealt out in turn. With it a subtask may find splits of its own while
   * it runs: their positions are kept as those of the others are, and come back to it, or to whom this gives them then.
   */
  subtaskOf?(split: string, parallelism: number, options: OptionsOf<F>): number;
  create(options: OptionsOf<F>, context: SourceContext): SourceReader;
  /** Whether what it reads is there and lets it in, for `weir check --connect`: rejects with a coded error if not. */
  connect?(options: OptionsOf<F>): Promise<void>;
}

/** What a sink gives after a crash. */
export type Delivery = 'exactly-once' | 'effectively-once' | 'at-least-once' | 'best-effort';

export interface SinkDefinition<F extends Fields = Fields> extends Common<F> {
  kind: 'sink';
  codec?: string;
  delivery: Delivery | ((options: OptionsOf<F>) => Delivery);
  /** The test that proves its delivery. */
  proof: string;
  partition?: Partition | ((options: OptionsOf<F>) => Partition);
  reads?(options: OptionsOf<F>): Reads;
  /**
   * What it does with an updating stream. 'upserts': it keeps one row per key, and deletes it at a retraction. 'rows': each
   * new row is a record like any other, and retractions are not shown to it. Without this it refuses such a stream.
   */
  changes?: 'upserts' | 'rows' | ((options: OptionsOf<F>) => 'upserts' | 'rows' | undefined);
  /** When it does so, where that hangs on its options: words for people that follow "if". */
  changesIf?: { readonly upserts?: string; readonly rows?: string };
  /**
   * The file or folder that no other sink may write, of this run or of another on this machine: held while the run lasts. Of
   * another system it is as `hdfs://host/folder`.
   */
  writes?(options: OptionsOf<F>): string | undefined;
  create(options: OptionsOf<F>, context: SinkContext): SinkWriter;
  /** Whether what it writes to is there and lets it in, for `weir check --connect`: rejects with a coded error if not. */
  connect?(options: OptionsOf<F>): Promise<void>;
  committer?(options: OptionsOf<F>, context: CommitterContext): Committer;
}

export interface CodecDefinition<F extends Fields = Fields> extends Common<F> {
  kind: 'codec';
  /** A record begins behind every delimiter byte, so that a file can be read from any place on. */
  splittable: boolean | ((options: OptionsOf<F>) => boolean);
  /** The delimiter of splittable codecs, a byte. */
  delimiter?: number;
  decoder?(options: OptionsOf<F>, context: DecoderContext): Decoder;
  encoder?(options: OptionsOf<F>, context: EncoderContext): Encoder;
  /** Whether the system that it asks is there and lets it in, for `weir check --connect`: rejects with a coded error if not. */
  connect?(options: OptionsOf<F>, use: 'read' | 'write'): Promise<void>;
}

export type AnyDefinition =
  | OperatorDefinition<any>
  | SourceDefinition<any>
  | SinkDefinition<any>
  | CodecDefinition<any>;
export type StageKind = AnyDefinition['kind'];

type Spec<D> = Omit<D, 'kind'>;

/** Defines an operator; the default export of `actors/operators/NAME.ts`. */
export function operator<const F extends Fields>(spec: Spec<OperatorDefinition<F>>): OperatorDefinition<F> {
  return { kind: 'operator', ...spec };
}

/** Defines a source; the default export of `actors/sources/NAME.ts`. */
export function source<const F extends Fields>(spec: Spec<SourceDefinition<F>>): SourceDefinition<F> {
  return { kind: 'source', ...spec };
}

/** Defines a sink; the default export of `actors/sinks/NAME.ts`. */
export function sink<const F extends Fields>(spec: Spec<SinkDefinition<F>>): SinkDefinition<F> {
  return { kind: 'sink', ...spec };
}

/** Defines a codec; the default export of `actors/codecs/NAME.ts`. */
export function codec<const F extends Fields>(spec: Spec<CodecDefinition<F>>): CodecDefinition<F> {
  return { kind: 'codec', ...spec };
}
