import { equal } from 'node:assert/strict';
import { append, Catalogue, createTopic, fetchWaiting } from '#log';
import type { PoolerCheck } from '../pooler-check.ts';
import { batchOf } from './batch-of.ts';

/** As long as nobody would wait: only a look of the waiter's own ends it. */
const MAX_WAIT_MS = 600_000;
const ROUNDS = 10;

/** Wake-ups where LISTEN is taken and nothing is heard. */
export const waitingChecks: readonly PoolerCheck[] = [
  {
    name: 'a long poll finds what another process appends, without being woken',
    run: async (stage) => {
      const [here, there] = [stage.open(), stage.open()];
      await createTopic(there, { name: 'polled', partitions: 1 });
      const [reading, writing] = [new Catalogue(here), new Catalogue(there)];
      for (let n = 0; n < ROUNDS; n += 1) {
        const place = { topic: 'polled', partition: 0 };
        const waiting = fetchWaiting(
          here,
          reading,
          [{ ...place, offset: BigInt(n) }],
          { maxWaitMs: MAX_WAIT_MS },
        );
        await append(there, writing, [{ ...place, batch: batchOf(`${n}`) }]);
        const [answer] = await waiting;
        equal(answer?.batches[0]?.baseOffset, BigInt(n));
        equal(here.wakeUps.listening, false);
      }
    },
  },
];
