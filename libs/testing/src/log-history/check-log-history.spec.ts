import { describe, expect, it } from '@jest/globals';
import { checkLogHistory, eventsAbout } from './check-log-history.js';
import type {
  LogEvent,
  LogHistory,
  SendAcks,
  StoredValue,
} from './log-event.js';

/** A send at a time of its own; the value says partition and number: `p0-3`. */
function sent(
  value: string,
  at: number,
  end: 'ok' | 'fail' | 'unknown' | 'none' = 'ok',
  { acks = 1, offset }: { acks?: SendAcks; offset?: bigint | null } = {},
): LogEvent[] {
  const partition = Number(value[1]);
  const invoke: LogEvent = {
    kind: 'invoke',
    at,
    producer: 'p',
    partition,
    value,
    acks,
  };
  if (end === 'none') return [invoke];
  const told = () => (offset === undefined ? BigInt(value.slice(3)) : offset);
  return [
    invoke,
    { kind: end, at: at + 1, value, ...(end === 'ok' && { offset: told() }) },
  ];
}

const polled = (
  offset: bigint,
  value: string,
  { reader = 'r', leaderEpoch = 0 } = {},
): LogEvent => ({
  kind: 'poll',
  reader,
  partition: 0,
  offset,
  value,
  leaderEpoch,
});

const positioned = (
  kind: 'seek' | 'truncated' | 'end',
  offset: bigint,
): LogEvent => ({ kind, reader: 'r', partition: 0, offset });

const stored = (...values: string[]): StoredValue[] =>
  values.map((value, n) => ({
    partition: Number(value[1]),
    offset: BigInt(n),
    value,
  }));

const sound: LogHistory = {
  events: [
    ...sent('p0-0', 10),
    ...sent('p0-1', 20),
    ...sent('p0-x', 30, 'fail'),
    ...sent('p0-2', 40, 'unknown'),
    ...sent('p0-y', 50, 'unknown'),
    ...sent('p0-z', 60, 'none'),
    polled(0n, 'p0-0'),
    polled(1n, 'p0-1'),
    positioned('seek', 0n),
    polled(0n, 'p0-0'),
    polled(1n, 'p0-1'),
    polled(2n, 'p0-2'),
    positioned('end', 3n),
    polled(0n, 'p0-0', { reader: 'other' }),
  ],
  log: stored('p0-0', 'p0-1', 'p0-2'),
};

function rulesOf(history: Partial<LogHistory>): string[] {
  return checkLogHistory({ ...sound, ...history }).map(({ rule }) => rule);
}

const withEvents = (...events: LogEvent[]) =>
  rulesOf({ events: [...sound.events, ...events] });

describe('checkLogHistory', () => {
  it('finds nothing in a sound history', () => {
    expect(checkLogHistory(sound)).toEqual([]);
  });

  it('names an acknowledged value that is not in the log', () => {
    const events = [...sent('p0-0', 10), ...sent('p0-1', 20)];
    expect(checkLogHistory({ events, log: stored('p0-0') })).toEqual([
      {
        rule: 'lost',
        detail:
          'p0-1 of p was acknowledged (acks=1) at 0@1 and is not in the log',
        partition: 0,
        values: ['p0-1'],
        offset: 1n,
      },
    ]);
  });

  it('does not call lost what lies below the start of the log', () => {
    const log = [{ partition: 0, offset: 1n, value: 'p0-1' }];
    const events = [...sent('p0-0', 10), ...sent('p0-1', 20)];
    const logStart = new Map([[0, 1n]]);
    expect(checkLogHistory({ events, log, logStart })).toEqual([]);
  });

  it('names a value at two offsets', () => {
    const log = [...sound.log, { partition: 0, offset: 3n, value: 'p0-2' }];
    expect(rulesOf({ log })).toEqual(['duplicate']);
  });

  it('names a value that stands elsewhere than its producer was told', () => {
    const events = sent('p0-0', 10, 'ok', { offset: 7n });
    expect(rulesOf({ events, log: stored('p0-0') })).toEqual([
      'inconsistent offsets',
    ]);
    const log = [{ partition: 1, offset: 0n, value: 'p0-0' }];
    expect(rulesOf({ events: sent('p0-0', 10), log })).toEqual([
      'inconsistent offsets',
    ]);
  });

  it('names a reader that saw another value than stands there', () => {
    expect(
      withEvents(
        ...sent('p0-9', 70, 'unknown'),
        positioned('seek', 1n),
        polled(1n, 'p0-9', { leaderEpoch: 1 }),
      ),
    ).toContain('inconsistent offsets');
  });

  it('names a reader that saw a value beyond the end of the log', () => {
    expect(
      withEvents(...sent('p0-9', 70, 'unknown'), polled(3n, 'p0-9')),
    ).toEqual(['inconsistent offsets']);
  });

  it('names two readers that saw different values in one leader epoch, even when told of a truncation', () => {
    const events = [
      ...sent('p0-9', 70, 'unknown'),
      polled(1n, 'p0-9', { reader: 'third' }),
      {
        ...positioned('truncated', 1n),
        reader: 'third',
      } as LogEvent,
    ];
    expect(withEvents(...events)).toEqual(['inconsistent offsets']);
  });

  it('lets a reader see another value after a truncation that it was told of', () => {
    const events = [
      ...sent('p0-9', 5, 'unknown'),
      ...sent('p0-0', 10),
      ...sent('p0-1', 20),
      polled(0n, 'p0-0'),
      polled(1n, 'p0-9'),
      positioned('truncated', 1n),
      polled(1n, 'p0-1', { leaderEpoch: 1 }),
    ];
    const log = stored('p0-0', 'p0-1');
    expect(checkLogHistory({ events, log })).toEqual([]);
    const untold = events.filter(({ kind }) => kind !== 'truncated');
    expect(checkLogHistory({ events: untold, log })).toContainEqual(
      expect.objectContaining({ rule: 'inconsistent offsets' }),
    );
  });

  it('names a value whose send failed: in the log, or read', () => {
    expect(rulesOf({ log: stored('p0-0', 'p0-1', 'p0-2', 'p0-x') })).toContain(
      'aborted read',
    );
    expect(withEvents(polled(3n, 'p0-x'))).toEqual([
      'aborted read',
      'inconsistent offsets',
    ]);
  });

  it('names a value that nobody sent: in the log, or read', () => {
    expect(
      rulesOf({ log: stored('p0-0', 'p0-1', 'p0-2', 'p0-ghost') }),
    ).toEqual(['never sent']);
    expect(withEvents(polled(3n, 'p0-ghost'))).toContain('never sent');
  });

  it('names gaps and overlaps', () => {
    const [a, b, c] = sound.log as [StoredValue, StoredValue, StoredValue];
    const events = [...sent('p0-0', 10), ...sent('p0-1', 20, 'unknown')];
    const at = (offset: bigint) => [a, { ...b, offset }];
    expect(rulesOf({ events, log: at(5n) })).toEqual(['gap']);
    expect(rulesOf({ events, log: at(0n) })).toEqual(['overlap']);
    expect(rulesOf({ log: [c, b, a] })).toEqual([]);
  });

  it('names a reader that passed over an offset, or over the tail', () => {
    expect(
      withEvents(
        positioned('seek', 0n),
        polled(0n, 'p0-0'),
        polled(2n, 'p0-2'),
      ),
    ).toEqual(['reader skip']);
    expect(
      withEvents(
        positioned('seek', 0n),
        polled(0n, 'p0-0'),
        positioned('end', 3n),
      ),
    ).toEqual(['reader skip']);
    expect(withEvents(positioned('seek', 0n), polled(1n, 'p0-1'))).toEqual([
      'reader skip',
    ]);
  });

  it('names a reader that went back by itself', () => {
    expect(withEvents(polled(1n, 'p0-1'))).toEqual(['non-monotonic read']);
  });

  it('names values of one producer in another order than it sent them', () => {
    const events = [
      ...sent('p0-0', 10, 'unknown'),
      ...sent('p0-1', 20, 'unknown'),
    ];
    expect(rulesOf({ events, log: stored('p0-1', 'p0-0') })).toEqual(['order']);
  });
});

describe('checkLogHistory, of what a fault may take', () => {
  const acks = (level: SendAcks) => ({ acks: level, offset: null });
  const four = (level: SendAcks) => [
    ...sent('p0-0', 10, 'ok', acks(level)),
    ...sent('p0-1', 20, 'ok', acks(level)),
    ...sent('p0-2', 30, 'ok', acks(level)),
    ...sent('p0-3', 80, 'ok', acks(level)),
  ];
  const incident = (what: 'crash' | 'promotion'): LogEvent => ({
    kind: 'incident',
    what,
    from: 40,
    to: 60,
  });

  it('lets a crash take a tail of acks=0, and never a middle', () => {
    const events = [...four(0), incident('crash')];
    expect(rulesOf({ events, log: stored('p0-0', 'p0-3') })).toEqual([]);
    expect(rulesOf({ events, log: stored('p0-0', 'p0-2', 'p0-3') })).toEqual([
      'acks0 middle',
    ]);
    expect(rulesOf({ events, log: stored('p0-0', 'p0-1', 'p0-2') })).toEqual([
      'acks0 middle',
    ]);
    expect(rulesOf({ events: four(0), log: stored('p0-0') })).toEqual([
      'acks0 middle',
      'acks0 middle',
      'acks0 middle',
    ]);
  });

  it('lets what was sent with acks=0 while the server was away be lost', () => {
    const during = sent('p0-7', 50, 'ok', acks(0));
    const events = [...four(0), ...during, incident('crash')];
    const log = stored('p0-0', 'p0-1', 'p0-2', 'p0-3');
    expect(rulesOf({ events, log })).toEqual([]);
  });

  it('lets a promotion take a tail of acks=1, a crash nothing', () => {
    const log = stored('p0-0', 'p0-3');
    const promoted = [...four(1), incident('promotion')];
    expect(rulesOf({ events: promoted, log })).toEqual([]);
    const crashed = [...four(1), incident('crash')];
    expect(rulesOf({ events: crashed, log })).toEqual(['lost', 'lost']);
    const middle = stored('p0-0', 'p0-2', 'p0-3');
    expect(rulesOf({ events: promoted, log: middle })).toEqual(['lost']);
  });

  it('lets nothing take what was acknowledged with acks=all', () => {
    const events = [...four('all'), incident('promotion')];
    expect(rulesOf({ events, log: stored('p0-0', 'p0-1', 'p0-3') })).toEqual([
      'lost',
    ]);
  });
});

describe('eventsAbout', () => {
  it('gives the events of the values concerned', () => {
    const history = {
      events: [...sent('p0-0', 10), ...sent('p0-1', 20)],
      log: stored('p0-0'),
    };
    const [violation] = checkLogHistory(history);
    expect(violation && eventsAbout(history, violation)).toEqual(
      sent('p0-1', 20),
    );
  });
});

describe('checkLogHistory, of a long history', () => {
  it('finds nothing in 50,000 sound sends and polls', () => {
    const values = Array.from({ length: 50_000 }, (_, n) => `p0-${n}`);
    const events = values.flatMap((value, n) => [
      ...sent(value, n),
      polled(BigInt(n), value),
    ]);
    expect(checkLogHistory({ events, log: stored(...values) })).toEqual([]);
  });
});
