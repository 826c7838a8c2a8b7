import { createHash } from 'node:crypto';
import { PostamtError } from '#kernel';
import type { AvroSchema } from './avro-schema.js';
import { BytesReader } from './bytes-reader.js';
import type { InferAvro, InferAvroInput } from './infer-avro.js';
import {
  type Mismatch,
  mismatchError,
  subject,
  type ValueContext,
} from './mismatch.js';
import { type ParsedSchema, parseSchema } from './parse-schema.js';
import { compilePayloadCheck } from './payload-check.js';
import { PayloadReader, type Resolver } from './payload-reader.js';
import { PayloadWriter } from './payload-writer.js';
import { schemaOfText, schemaText } from './schema-text.js';
import { type ValueCheck, ValueCheckCompiler } from './value-check.js';

/** Decodes one writer's bytes, from `start` to their end, into a reader's value. Throws INVALID_RECORD. */
export type PayloadDecoder<Value> = (
  bytes: Buffer,
  start?: number,
  context?: ValueContext,
) => Value;

/**
 * Checks, encodes and decodes the values of one schema (Avro 1.12, "Binary Encoding"). `Value` is what decoding gives,
 * `Input` what encoding takes.
 *
 * @example
 * const codec = AvroCodec.of({ type: 'map', values: 'int' });
 * codec.decode(codec.encode({ a: 1 })); // { a: 1 }
 */
export class AvroCodec<Value = unknown, Input = Value> {
  /** The schema as JSON with sorted keys and no white space: what a registry stores and compares. */
  readonly schemaText: string;
  /**
   * SHA-256 of {@link schemaText} in hex. White space and the order of keys make no difference; everything else does:
   * `doc`, defaults, aliases, the order of fields, and whether a primitive is written `"int"` or `{"type":"int"}`.
   */
  readonly fingerprint: string;
  readonly #parsed: ParsedSchema;
  readonly #check: ValueCheck;
  readonly #writer: PayloadWriter;
  readonly #reader: Pick<PayloadReader, 'read'>;

  /**
   * Throws INVALID_SCHEMA, with the path, for what Avro does not allow and for a union whose branches no value can tell
   * apart: there may be one branch each of null, boolean, numbers, string or enum, bytes or fixed, array, record or map,
   * and not both string and bytes.
   */
  constructor(schema: AvroSchema) {
    this.schemaText = schemaText(schema);
    this.fingerprint = createHash('sha256')
      .update(this.schemaText)
      .digest('hex');
    this.#parsed = parseSchema(this.schemaText);
    const { type, node } = this.#parsed;
    this.#check = new ValueCheckCompiler().compile(node);
    this.#writer = new PayloadWriter(type);
    const reader = new PayloadReader({
      type,
      check: compilePayloadCheck(node),
    });
    this.#reader = node.kind === 'bytes' ? new BytesReader(reader) : reader;
  }

  /** The codec of a literal, with its types inferred. */
  static of<const Schema extends AvroSchema>(
    schema: Schema,
  ): AvroCodec<InferAvro<Schema>, InferAvroInput<Schema>> {
    return new AvroCodec(schema);
  }

  /** The codec of a schema's JSON text, as it comes from a registry. Throws INVALID_SCHEMA. */
  static fromText(text: string): AvroCodec {
    return new AvroCodec(schemaOfText(text));
  }

  /**
   * Where a value differs from the schema, or `undefined`. A key that the schema does not declare is a mismatch, unless
   * it is `undefined`: a misspelt nullable field would be lost without a word. So is a missing field that has no default,
   * a number that is not finite or would be changed, a string that is not well-formed Unicode, and a bigint.
   */
  findMismatch(value: unknown): Mismatch | undefined {
    try {
      return this.#check(value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      return { path: '', value, expected: 'a value less deep, without cycles' };
    }
  }

  /** Throws SCHEMA_MISMATCH, with topic, path, value and expected type, unless the value is one of the schema. */
  validate(value: unknown, context: ValueContext = {}): void {
    const mismatch = this.findMismatch(value);
    if (mismatch) throw mismatchError(mismatch, context);
  }

  /**
   * The value's bytes, behind `headroom` bytes that the caller fills (the wire prefix). The value is checked first:
   * SCHEMA_MISMATCH.
   */
  encode(value: Input, context: ValueContext = {}, headroom = 0): Buffer {
    this.validate(value, context);
    try {
      return this.#writer.write(value, headroom);
    } catch (cause) {
      throw new PostamtError(
        'SCHEMA_MISMATCH',
        `${subject(context)} matched its Avro schema, and no longer when it was encoded: ${(cause as Error).message}. ` +
          'Pass plain data, without getters that change.',
        { cause },
      );
    }
  }

  /**
   * The value of bytes that were written with this very schema, from `start` to their end. Throws INVALID_RECORD when
   * they end early, go on behind the value, or hold what cannot be one, such as a long beyond 2^53.
   */
  decode(bytes: Buffer, start = 0, context: ValueContext = {}): Value {
    return this.#reader.read(bytes, start, context) as Value;
  }

  /**
   * What decodes the bytes of another version of the schema into values of this one (Avro 1.12, "Schema Resolution"):
   * fields by name or alias, defaults for those the writer did not have, numbers widened, names of types compared
   * without their namespace. Throws SCHEMA_MISMATCH when the two versions do not go together; that is decided for the
   * schemas as a whole, so each branch of a writer's union must have a reader, and each symbol unless there is a default.
   */
  decoderFor(writer: AvroCodec): PayloadDecoder<Value> {
    const reader =
      writer.fingerprint === this.fingerprint
        ? this.#reader
        : new PayloadReader({
            type: this.#parsed.type,
            check: compilePayloadCheck(writer.#parsed.node, this.#parsed.node),
            resolver: this.#resolve(writer),
          });
    return (bytes, start = 0, context = {}) =>
      reader.read(bytes, start, context) as Value;
  }

  #resolve(writer: AvroCodec): Resolver {
    try {
      return this.#parsed.type.createResolver(writer.#parsed.type, {
        ignoreNamespaces: true,
      });
    } catch (cause) {
      throw new PostamtError(
        'SCHEMA_MISMATCH',
        `The writer's schema cannot be read with this one: ${(cause as Error).message}. ` +
          'Give new fields a default, and renamed ones an alias.',
        { cause },
      );
    }
  }
}
