import { describe, expect, it } from '@jest/globals';
import type { BatchHeader } from './batch-header.js';
import { COMPRESSIONS } from './compression.js';
import { decodeRecordBatch } from './decode-record-batch.js';
import {
  encodeRecordBatch,
  type EncodeOptions,
} from './encode-record-batch.js';
import { randomRecords, SeededRandom } from './fixtures/random-records.js';
import { recordLines } from './fixtures/record-lines.js';

const SEEDS = Array.from({ length: 60 }, (_, index) => 1_000 + index);

function randomOptions(random: SeededRandom): Required<EncodeOptions> {
  return {
    compression: random.pick(COMPRESSIONS),
    baseOffset: random.pick([0n, 1n, 2n ** 53n + 1n, 2n ** 62n]),
    leaderEpoch: random.pick([-1, 0, 2 ** 31 - 1]),
    producerId: random.pick([-1n, 0n, 2n ** 63n - 1n]),
    producerEpoch: random.pick([-1, 0, 2 ** 15 - 1]),
    baseSequence: random.pick([-1, 0, 2 ** 31 - 1]),
    isTransactional: random.pick([true, false]),
    isControl: random.pick([true, false]),
    timestampType: random.pick(['CreateTime', 'LogAppendTime']),
    deleteHorizonMs: random.pick([undefined, 0, 1_750_000_000_000]),
    offsetDeltas: [],
    lastOffsetDelta: 1_000_000,
  };
}

/** The options that a decoded header stands for. */
function optionsOf(header: BatchHeader): EncodeOptions {
  const { partitionLeaderEpoch, ...fields } = header;
  return { ...fields, leaderEpoch: partitionLeaderEpoch };
}

describe('encoding and decoding', () => {
  it('give back every record and every field of the header', () => {
    for (const seed of SEEDS) {
      const random = new SeededRandom(seed);
      const records = randomRecords(random);
      const options = randomOptions(random);
      const offsetDeltas = records.map((_, i) => 3 * i + random.below(3));
      const batch = encodeRecordBatch(records, { ...options, offsetDeltas });

      const { header, records: read } = decodeRecordBatch(batch);
      const greatest = Math.max(...records.map((record) => record.timestamp));
      const isAppendTime = options.timestampType === 'LogAppendTime';
      const { leaderEpoch, offsetDeltas: _, ...fields } = options;
      const expected = records.map((record, i) => ({
        headers: [],
        ...record,
        offset: options.baseOffset + BigInt(offsetDeltas[i] as number),
        timestamp: isAppendTime ? greatest : record.timestamp,
      }));
      expect({ seed, read: recordLines(read) }).toEqual({
        seed,
        read: recordLines(expected),
      });
      expect({ seed, header }).toMatchObject({
        seed,
        header: {
          ...fields,
          partitionLeaderEpoch: leaderEpoch,
          batchLength: batch.length - 12,
          recordCount: records.length,
          baseTimestamp: options.deleteHorizonMs ?? records[0]?.timestamp,
          maxTimestamp: greatest,
        },
      });
    }
  });

  it('give the same bytes when what was decoded is encoded again', () => {
    for (const seed of SEEDS) {
      const random = new SeededRandom(seed);
      const options: EncodeOptions = {
        ...randomOptions(random),
        timestampType: 'CreateTime',
      };
      const records = randomRecords(random);
      const offsetDeltas = records.map((_, index) => 2 * index);
      const batch = encodeRecordBatch(records, { ...options, offsetDeltas });

      const decoded = decodeRecordBatch(batch);
      const again = encodeRecordBatch(decoded.records, {
        ...optionsOf(decoded.header),
        offsetDeltas,
      });
      expect({ seed, bytes: again.toString('hex') }).toEqual({
        seed,
        bytes: batch.toString('hex'),
      });
    }
  });

  it('keep timestamps apart by more than 32 bits, and before 1970', () => {
    const timestamps = [0, -1, 2 ** 31, -(2 ** 31) - 1, 2 ** 52, -(2 ** 52)];
    const records = timestamps.map((timestamp) => ({
      timestamp,
      key: null,
      value: null,
    }));
    const decoded = decodeRecordBatch(encodeRecordBatch(records)).records;
    expect(decoded.map((record) => record.timestamp)).toEqual(timestamps);
  });

  it('keep a varlong at each step of its length', () => {
    for (let bits = 6; bits < 53; bits += 1) {
      for (const delta of [2 ** bits - 1, 2 ** bits, -(2 ** bits)]) {
        const records = [0, delta].map((timestamp) => ({
          timestamp,
          key: null,
          value: null,
        }));
        const { records: read } = decodeRecordBatch(encodeRecordBatch(records));
        expect(read[1]?.timestamp).toBe(delta);
      }
    }
  });

  it('keep a name of a header that comes twice, in its order', () => {
    const headers = ['b', 'a', 'b'].map((key, index) => ({
      key,
      value: Buffer.from([index]),
    }));
    const records = [{ timestamp: 0, key: null, value: null, headers }];
    const decoded = decodeRecordBatch(encodeRecordBatch(records)).records;
    expect(decoded[0]?.headers).toEqual(headers);
  });
});
