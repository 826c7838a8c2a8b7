import { startEmbeddedPostgres } from '#postgres';
import { measureSuite, type SuiteOptions } from '../suite.ts';
import { FIGURES } from './figures.ts';

const OUTBOX = { name: 'outbox', title: 'The outbox', figures: FIGURES };

/** Runs the figures on an embedded server of its own with its default settings. */
export async function benchOutbox(options: SuiteOptions): Promise<void> {
  const server = await startEmbeddedPostgres();
  try {
    await measureSuite(server, OUTBOX, options);
  } finally {
    await server.stop();
  }
}
