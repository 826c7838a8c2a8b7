import { startEmbeddedPostgres } from '#postgres';
import { measureSuite, type SuiteOptions } from '../suite.ts';
import { FIGURES } from './figures.ts';
import { measureGrowth } from './growth/measure-growth.ts';

export interface BenchLogOptions extends SuiteOptions {
  /** Measure how the log grows, in place of the figures. */
  readonly growth?: boolean;
  /** How much is kept in the growth by bytes, in GiB. */
  readonly gigabytes: readonly number[];
}

const LOG = { name: 'log', title: 'The log engine', figures: FIGURES };

/** Runs the figures, or the growth, on an embedded server of its own with its default settings. */
export async function benchLog(options: BenchLogOptions): Promise<void> {
  const server = await startEmbeddedPostgres();
  try {
    if (options.growth) await measureGrowth(server, options, options.gigabytes);
    else await measureSuite(server, LOG, options);
  } finally {
    await server.stop();
  }
}
