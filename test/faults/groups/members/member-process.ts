import {
  closeSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from 'node:fs';
import { waitFor } from '#testing';
import { ChildProgram } from '../../child-program.js';
import { wholeLines } from '../../json-lines.js';
import { TcpSwitch } from '../../tcp-switch.js';
import type { MemberEvent, WorkBegun } from '../group-history.js';
import type { MemberOrder } from './member-order.js';

/** What a stage asks for: the rest of the order is its own. */
export type MemberCall = Pick<
  MemberOrder,
  'group' | 'kind' | 'instanceId' | 'members'
>;

const TAIL_BYTES = 65_536;

/** Members of a group in a process of their own, with a line of their own to the server. */
export class MemberProcess extends ChildProgram {
  readonly order: MemberOrder;
  readonly line: TcpSwitch;
  #closing: Promise<void> | undefined;

  private constructor(order: MemberOrder, line: TcpSwitch) {
    super(order.name, 'test/faults/groups/members/member-main.ts', order);
    this.order = order;
    this.line = line;
  }

  static async start(order: MemberOrder, port: number): Promise<MemberProcess> {
    const line = await TcpSwitch.open(port);
    const connectionString = line.address(order.connectionString);
    writeFileSync(order.file, '');
    return new MemberProcess({ ...order, connectionString }, line);
  }

  /** What it has written down so far. */
  events(): MemberEvent[] {
    return eventsIn(readFileSync(this.order.file, 'utf8'));
  }

  /** Halts it (SIGSTOP) while its handler is at work. It is halted first, and looked at then, until a halt has hit. */
  async pauseInsideHandler(): Promise<void> {
    await waitFor(
      `${this.name} to be halted inside its handler`,
      () => {
        if (!this.runs) throw this.ended();
        this.pause();
        const inside = this.#isInsideHandler();
        if (!inside) this.resume();
        return inside;
      },
      { timeoutMs: 60_000, intervalMs: 3 },
    );
  }

  /** Has them finish what is under way and leave. */
  async leave(): Promise<void> {
    await waitFor(
      `${this.name} to hear signals`,
      () => !this.runs || this.#latest().length > 0,
    );
    await this.stop({ bySignal: true });
    await this.close();
  }

  /** Kills it, and closes its line. Idempotent. */
  async close(): Promise<void> {
    await this.kill();
    await (this.#closing ??= this.line.close());
  }

  #isInsideHandler(): boolean {
    const events = this.#latest();
    const ended = new Set(
      events.flatMap((event) => (event.kind === 'ended' ? [event.work] : [])),
    );
    return events.some(
      (event) => event.kind === 'begun' && !ended.has(event.work),
    );
  }

  /** The end of what it has written down. */
  #latest(): MemberEvent[] {
    const file = openSync(this.order.file, 'r');
    try {
      const { size } = fstatSync(file);
      const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
      readSync(file, tail, { position: size - tail.length });
      const text = tail.toString();
      const whole =
        size > TAIL_BYTES ? text.slice(text.indexOf('\n') + 1) : text;
      return eventsIn(whole);
    } finally {
      closeSync(file);
    }
  }
}

/** Offsets are strings in JSON. */
function eventsIn(text: string): MemberEvent[] {
  return wholeLines(text).map((line) => {
    const event = JSON.parse(line) as MemberEvent;
    if (event.kind !== 'begun') return event;
    const records = event.records.map((record) => ({
      ...record,
      offset: BigInt(String(record.offset)),
    }));
    return { ...event, records } satisfies WorkBegun;
  });
}
