import { startEmbeddedPostgres } from '#postgres';
import { measureSuite, type SuiteOptions } from '../suite.ts';
import { FIGURES } from './figures.ts';

const GROUPS = { name: 'groups', title: 'Consumer groups', figures: FIGURES };

/** Runs the figures on an embedded server of its own with its default settings. */
export async function benchGroups(options: SuiteOptions): Promise<void> {
  const server = await startEmbeddedPostgres();
  try {
    await measureSuite(server, GROUPS, options);
  } finally {
    await server.stop();
  }
}
