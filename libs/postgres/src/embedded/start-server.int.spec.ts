import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { silentLogger } from '#kernel';
import { findFreePort } from './free-port.js';
import { initialiseCluster } from './initialise-cluster.js';
import { planStart, type StartPlan } from './plan-start.js';
import { startServerOnFreePort } from './start-server.js';
import { Supervision } from './supervision.js';

const patience = { fast: 10_000, immediate: 5_000, leftovers: 1_000 };
let plan: StartPlan;
let supervision: Supervision;

beforeEach(async () => {
  plan = await planStart({});
  const { cluster, temporaryDirectory = '', password } = plan;
  const owner = cluster.account ? { owner: cluster.account } : {};
  supervision = await Supervision.start(
    { patience, temporaryDirectory, ...owner },
    silentLogger,
  );
  const made = { cluster, password, temporaryDirectory, kept: false };
  await initialiseCluster(supervision, made);
});

afterEach(() => supervision.end());

describe('startServerOnFreePort', () => {
  it('takes another port when somebody was faster', async () => {
    const rival = createServer();
    const picked: number[] = [];
    const server = await startServerOnFreePort(
      supervision,
      plan.cluster,
      async (host) => {
        const port = await findFreePort(host);
        picked.push(port);
        if (picked.length === 1)
          await new Promise<void>((resolve) =>
            rival.listen(port, host, resolve),
          );
        return port;
      },
    );
    rival.close();
    expect(picked).toHaveLength(2);
    expect(server.port).toBe(picked[1]);
  });

  it('gives up when every port is taken', async () => {
    const rival = createServer();
    const { host } = plan.cluster;
    const port = await findFreePort(host);
    await new Promise<void>((resolve) => rival.listen(port, host, resolve));
    let picked = 0;
    const attempt = startServerOnFreePort(
      supervision,
      plan.cluster,
      async () => {
        picked += 1;
        return port;
      },
    );
    await expect(attempt).rejects.toMatchObject({
      code: 'EMBEDDED_POSTGRES_FAILED',
      message: expect.stringContaining(`Port ${port}`),
    });
    rival.close();
    expect(picked).toBe(5);
  });
});
