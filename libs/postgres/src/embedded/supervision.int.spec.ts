import { existsSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '#kernel';
import { waitFor } from '#testing';
import { isProcessAlive } from './process-alive.js';
import type { SupervisedCommand } from './supervision-protocol.js';
import { Supervision } from './supervision.js';

const patience = { fast: 50, immediate: 50, leftovers: 200 };
const started: Supervision[] = [];

async function supervise(temporaryDirectory?: string): Promise<Supervision> {
  const supervision = await Supervision.start(
    {
      patience,
      ...(temporaryDirectory === undefined ? {} : { temporaryDirectory }),
    },
    silentLogger,
  );
  started.push(supervision);
  return supervision;
}

function nodeProgram(...args: string[]): SupervisedCommand {
  return { program: process.execPath, args, env: {}, cwd: '/' };
}

const stubborn = nodeProgram(
  join(import.meta.dirname, 'fixtures/stubborn.mjs'),
);

afterEach(async () => {
  for (const supervision of started.splice(0)) await supervision.end();
});

describe('Supervision', () => {
  it('makes its temporary folder, for its owner only, and removes it', async () => {
    const folder = join(tmpdir(), `postamt-supervision-${process.pid}`);
    const supervision = await supervise(folder);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    await supervision.end();
    expect(existsSync(folder)).toBe(false);
    expect(await isProcessAlive(supervision.pid)).toBe(false);
  });

  it('says why the temporary folder cannot be made', async () => {
    await expect(supervise('/no/such/folder/anywhere')).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('/no/such/folder/anywhere'),
    });
  });

  it('stops what ignores SIGINT and SIGQUIT by SIGKILL', async () => {
    const supervision = await supervise();
    const program = await supervision.run(stubborn);
    await waitFor('the program to be ready', () =>
      program.lastLines.includes('ready'),
    );
    await supervision.stop();
    expect(await program.ended).toMatchObject({ signal: 'SIGKILL' });
    expect(program.lastLines).toEqual([
      'ready',
      'SIGINT ignored',
      'SIGQUIT ignored',
    ]);
    expect(await isProcessAlive(program.pid)).toBe(false);
  });

  it('stops what a killed supervisor left behind, however stubborn', async () => {
    const folder = join(tmpdir(), `postamt-supervision-${process.pid}`);
    const supervision = await supervise(folder);
    const program = await supervision.run(stubborn);
    await waitFor('the program to be ready', () =>
      program.lastLines.includes('ready'),
    );
    process.kill(supervision.pid, 'SIGKILL');
    await supervision.gone;
    expect(await isProcessAlive(program.pid)).toBe(false);
    expect(program.running).toBe(false);
    expect(existsSync(folder)).toBe(false);
  });

  it('ends even when the supervisor hangs', async () => {
    const supervision = await supervise();
    const program = await supervision.run(stubborn);
    process.kill(supervision.pid, 'SIGSTOP');
    await supervision.end();
    expect(await isProcessAlive(supervision.pid)).toBe(false);
    expect(await isProcessAlive(program.pid)).toBe(false);
  });

  it('keeps the last lines of stderr and the exit code', async () => {
    const supervision = await supervise();
    const script =
      'for (let i = 1; i <= 25; i++) console.error(`line ${i}`); process.exitCode = 3;';
    const program = await supervision.run(nodeProgram('-e', script));
    const end = await supervision.untilEnded(program);
    expect(end).toMatchObject({ code: 3, signal: null });
    expect(program.lastLines).toHaveLength(20);
    expect(program.lastLines.at(-1)).toBe('line 25');
  });

  it('says when a program cannot be started, and can run the next one', async () => {
    const supervision = await supervise();
    const missing = { ...nodeProgram(), program: '/no/such/program' };
    await expect(supervision.run(missing)).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining('/no/such/program'),
    });
    const next = await supervision.run(nodeProgram('-e', ''));
    expect(await supervision.untilEnded(next)).toMatchObject({ code: 0 });
  });
});
