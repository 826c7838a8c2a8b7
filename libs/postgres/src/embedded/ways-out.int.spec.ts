import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { waitFor } from '#testing';
import { OwnerProcess } from './fixtures/owner-process.js';
import type { OwnedServer } from './fixtures/server-owner.js';
import { isProcessAlive } from './process-alive.js';
import { startEmbeddedPostgres } from './start-embedded-postgres.js';

/** Resolves when no process and no temporary folder of the server is left. */
async function nothingLeftOf(server: OwnedServer): Promise<void> {
  const processes = [server.pid, server.supervisorPid];
  for (const pid of processes)
    await waitFor(
      `process ${pid} to be gone`,
      async () => !(await isProcessAlive(pid)),
    );
  await waitFor(
    `${server.dataDirectory} to be gone`,
    () => !existsSync(dirname(server.dataDirectory)),
  );
}

/** The children of a process, as the machine tells them. */
function childrenOf(
  parent: number | undefined,
): { pid: number; args: string }[] {
  const table = execFileSync('ps', ['-A', '-o', 'ppid=,pid=,args='], {
    encoding: 'utf8',
  });
  return table.split('\n').flatMap((row) => {
    const [, ppid, pid, args = ''] =
      /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return Number(ppid) === parent ? [{ pid: Number(pid), args }] : [];
  });
}

function processGroupOf(pid: number): number {
  const args = ['-o', 'pgid=', '-p', String(pid)];
  return Number(execFileSync('ps', args, { encoding: 'utf8' }));
}

describe('the embedded server is stopped and its temporary folder removed', () => {
  it.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'when the process that started it gets %s',
    async (signal) => {
      const owner = new OwnerProcess('waits');
      const server = await owner.server();
      expect(await isProcessAlive(server.pid)).toBe(true);
      owner.kill(signal);
      await owner.exited;
      await nothingLeftOf(server);
    },
  );

  it.each(['ends', 'throws'] as const)(
    'when the process that started it %s without stopping it',
    async (way) => {
      const owner = new OwnerProcess(way);
      const server = await owner.server();
      await owner.exited;
      await nothingLeftOf(server);
    },
  );

  it('when the process that started it is killed while initdb runs', async () => {
    const owner = new OwnerProcess('waits');
    const server = await waitFor('initdb to run', () => {
      const supervisor = childrenOf(owner.pid)[0];
      const initdb = childrenOf(supervisor?.pid)[0];
      const dataDirectory = /--pgdata=(\S+)/.exec(initdb?.args ?? '')?.[1];
      return (
        supervisor &&
        initdb &&
        dataDirectory !== undefined && {
          pid: initdb.pid,
          supervisorPid: supervisor.pid,
          dataDirectory,
        }
      );
    });
    owner.kill('SIGKILL');
    await nothingLeftOf(server);
  });

  it('when the process that started it is killed before its supervisor listens', async () => {
    const owner = new OwnerProcess('waits');
    const supervisor = await waitFor(
      'the supervisor',
      () => childrenOf(owner.pid)[0],
    );
    owner.kill('SIGKILL');
    const folder = /"temporaryDirectory":"([^"]+)"/.exec(supervisor.args)?.[1];
    const { pid } = supervisor;
    await nothingLeftOf({
      pid,
      supervisorPid: pid,
      dataDirectory: `${folder}/data`,
    });
  });

  it('when the supervisor is killed, by the process that started it', async () => {
    const errors: string[] = [];
    const logger = {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (_fields: object, message: string) => errors.push(message),
    };
    const server = await startEmbeddedPostgres({ logger });
    process.kill(server.supervisorPid, 'SIGKILL');
    await nothingLeftOf(server);
    await waitFor('the error to be logged', () => errors.length > 0);
    expect(errors).toEqual(['the embedded Postgres ended unexpectedly']);
    await expect(server.restart()).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('supervisor'),
    });
    await server.stop();
  });

  it('when the supervisor is told to end', async () => {
    const server = await startEmbeddedPostgres();
    process.kill(server.supervisorPid, 'SIGTERM');
    await nothingLeftOf(server);
    await server.stop();
  });
});

describe('Ctrl-C in the terminal', () => {
  it('reaches the process that started the server, and neither it nor its supervisor', async () => {
    const server = await startEmbeddedPostgres();
    try {
      const group = processGroupOf(process.pid);
      expect(processGroupOf(server.supervisorPid)).not.toBe(group);
      expect(processGroupOf(server.pid)).not.toBe(group);
    } finally {
      await server.stop();
    }
  });
});

describe('the embedded server of a kept directory', () => {
  it('is stopped when the process that started it is killed, and starts again with its data', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'postamt-kept-'));
    const dataDirectory = join(folder, 'data');
    try {
      // Its own parent folders must let the server's account through, as a user's would.
      execFileSync('chmod', ['755', folder]);
      const owner = new OwnerProcess('waits', { dataDirectory });
      const { pid, supervisorPid } = await owner.server();
      owner.kill('SIGKILL');
      for (const gone of [pid, supervisorPid])
        await waitFor(
          `process ${gone} to be gone`,
          async () => !(await isProcessAlive(gone)),
        );
      const server = await startEmbeddedPostgres({ dataDirectory });
      expect(server.dataDirectory).toBe(dataDirectory);
      await server.stop();
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

// Only root may start a process as somebody else.
(process.getuid?.() === 0 ? describe : describe.skip)('as not root', () => {
  it('the server runs as who started it, and goes with it', async () => {
    const account = { uid: 65534, gid: 65534 };
    const owner = new OwnerProcess('waits', account);
    const server = await owner.server();
    expect(await isProcessAlive(server.pid)).toBe(true);
    owner.kill('SIGKILL');
    await owner.exited;
    await nothingLeftOf(server);
  });
});
