import type { Bench } from '../bench.ts';
import { compared, perSecond, type Figure } from '../figure.ts';
import { requireDrained, withBacklog } from './backlog.ts';
import { PollingOutbox } from './polling-outbox.ts';
import { RelayChild } from './relay-child.ts';

const EVENTS = 100_000;
/** Each of its polls looks at all that is left: the more there is, the slower it is. */
const MESSAGES = 5_000;

/** How fast one relay drains a backlog into the log, beside a polling outbox of npm whose handler does nothing. */
export async function polling(bench: Bench): Promise<Figure[]> {
  const client = await bench.client();
  const peer = new PollingOutbox(client, bench.connectionString);
  const count = bench.scaled(EVENTS);
  const messages = bench.scaled(MESSAGES);
  return RelayChild.with(async (relay) => {
    const measured = await bench.measure({
      ours: async () =>
        withBacklog(bench, count, async (backlog) => {
          await backlog.client.query('checkpoint');
          const seconds = await relay.drain(backlog.connectionString, count);
          await requireDrained(backlog);
          return count / seconds;
        }),
      peer: async () => {
        await peer.fill(messages);
        return messages / (await peer.drain(messages));
      },
    });
    return [
      compared({
        name: 'polling',
        what: `one relay drains ${count} events into the log`,
        against: `pg-transactional-outbox, polling, drains ${messages} messages into nothing`,
        measured,
        show: perSecond,
        target: { atLeast: 10 },
      }),
    ];
  });
}
