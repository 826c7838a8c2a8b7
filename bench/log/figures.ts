import type { Bench } from '../bench.ts';
import { deadTuples } from './dead-tuples.ts';
import { bytesOnDisk } from './disk.ts';
import { fetchCompressed, fetchUncompressed } from './fetch.ts';
import type { Figure } from '../figure.ts';
import { inFlight } from './in-flight.ts';
import { jobQueues } from './job-queues.ts';
import { latency } from './latency.ts';
import { manyPartitions, manyTopics } from './many.ts';
import { produceCompressed, produceUncompressed } from './produce.ts';

/** Everything that is measured, by the name that `--only` takes. */
export const FIGURES: ReadonlyMap<string, (bench: Bench) => Promise<Figure[]>> =
  new Map([
    ['produce', produceUncompressed],
    ['produce-compressed', produceCompressed],
    ['fetch', fetchUncompressed],
    ['fetch-compressed', fetchCompressed],
    ['latency', latency],
    ['in-flight', inFlight],
    ['job-queues', jobQueues],
    ['topics', manyTopics],
    ['partitions', manyPartitions],
    ['disk', bytesOnDisk],
    ['dead-tuples', deadTuples],
  ]);
