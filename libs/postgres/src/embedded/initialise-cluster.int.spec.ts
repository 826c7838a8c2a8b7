import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '#kernel';
import { initialiseCluster } from './initialise-cluster.js';
import { Supervision } from './supervision.js';

let folder: string;
let supervision: Supervision;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postamt-spec-'));
  supervision = await Supervision.start(
    { patience: { fast: 1_000, immediate: 1_000, leftovers: 1_000 } },
    silentLogger,
  );
});

afterEach(async () => {
  await supervision.end();
  await rm(folder, { recursive: true });
});

describe('initialiseCluster', () => {
  it('fails with the last words of initdb', async () => {
    await mkdir(join(folder, 'bin'));
    const initdb = join(folder, 'bin/initdb');
    await writeFile(
      initdb,
      '#!/bin/sh\necho "initdb: error: the disk is full" >&2\nexit 1\n',
    );
    await chmod(initdb, 0o755);
    const cluster = {
      binaries: { directory: folder, version: '18.0', major: 18 },
      account: undefined,
      dataDirectory: join(folder, 'data'),
      host: '127.0.0.1',
      settings: {},
    };
    const attempt = initialiseCluster(supervision, {
      cluster,
      password: 'secret',
      temporaryDirectory: folder,
      kept: false,
    });
    await expect(attempt).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: `initdb could not make a cluster in ${folder}/data (exit code 1). Its last lines:\ninitdb: error: the disk is full`,
    });
  });
});
