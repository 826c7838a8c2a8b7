import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { Database } from '#postgres';
import { PostgresProbe } from './postgres-probe.js';

describe('PostgresProbe', () => {
  it('gives up on a server that never answers, and waits for it on one connection only', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const { port } = silent.address() as AddressInfo;
    const connection = `postgres://user:secret@127.0.0.1:${port}/app`;
    const db = new Database({ connection });
    const probe = new PostgresProbe(db);
    const faults = await Promise.all([probe.fault(), probe.fault()]);
    const words = 'Postgres has not answered for 2000 ms';
    expect(faults).toEqual([words, words]);
    expect(sockets).toHaveLength(1);
    const next = probe.fault();
    for (const socket of sockets) socket.destroy();
    expect(await next).toContain('Postgres is out of reach');
    silent.close();
    await db.close();
  });
});
