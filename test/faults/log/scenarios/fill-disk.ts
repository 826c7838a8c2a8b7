import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '#postgres';
import { TestDatabase, waitFor } from '#testing';
import { FaultStage } from '../fault-stage.js';
import type { Scenario } from '../scenario.js';
import { SmallDisk } from '../small-disk.js';
import { THREE_PRODUCERS } from './three-producers.js';

const MEGABYTES = 256;
/** Until the WAL that is kept for reuse is written over, a full disk is not noticed: this takes its time. */
const STRIKES = 2;
/** What is left beside the ballast. */
const LEFT_BYTES = 65_536;

/**
 * The disk is filled until appends fail, by an error of the statement or by the end of the server (a full `pg_wal`), and
 * emptied again.
 */
export const fillDisk: Scenario = {
  name: 'disk full',
  obstacle: async () => SmallDisk.obstacle(),
  play: async (run) => {
    const disk = new SmallDisk(MEGABYTES);
    try {
      const server = await startOn(join(disk.path, 'data'));
      return await FaultStage.with(
        run,
        THREE_PRODUCERS,
        async (stage) => {
          for (
            let strike = 0;
            strike < Math.min(run.strikes, STRIKES);
            strike += 1
          ) {
            await stage.during('crash', () => fill(stage, disk.path));
            await stage.progress(5);
          }
        },
        server,
      );
    } finally {
      disk.unmount();
    }
  },
};

async function startOn(dataDirectory: string) {
  const binaries = process.env.POSTAMT_TEST_BINARIES;
  const server = await startEmbeddedPostgres({
    dataDirectory,
    settings: { min_wal_size: '32MB', max_wal_size: '64MB' },
    ...(binaries && { binaries: { package: binaries } }),
  });
  try {
    await TestDatabase.prepareTemplate(server.connectionString);
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function fill(stage: FaultStage, disk: string): Promise<void> {
  const ballast = join(disk, 'ballast');
  const failures = stage.failures();
  const { bavail, bsize } = await statfs(disk);
  const bytes = Math.max(0, bavail * bsize - LEFT_BYTES);
  // The server writes beside this: it may be the one that finds the disk full.
  await writeFile(ballast, Buffer.alloc(bytes, 1)).catch(unlessFull);
  await waitFor(
    'appends to fail on a full disk',
    () => stage.failures() > failures,
    { timeoutMs: 60_000 },
  );
  await rm(ballast);
  // Where the WAL could not be written, the server has ended.
  await stage.server.restart();
}

function unlessFull(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOSPC') throw error;
}
