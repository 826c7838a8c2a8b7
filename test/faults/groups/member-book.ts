import type {
  CommitTold,
  GivenRecord,
  Lane,
  MemberEvent,
  WorkBegun,
} from './group-history.js';

/** What a member writes down of itself, each line before it goes on. */
export class MemberBook {
  readonly who: string;
  readonly #note: (event: MemberEvent) => void;
  #works = 0;
  #commits = 0;

  constructor(who: string, note: (event: MemberEvent) => void) {
    this.who = who;
    this.#note = note;
  }

  /** It begins to handle these; returns the number of the work. */
  begin(
    { group, topic, partition }: Lane,
    records: readonly GivenRecord[],
    ordering: WorkBegun['ordering'] = 'partition',
  ): number {
    const work = (this.#works += 1);
    const lane = { group, topic, partition };
    const given = records.map(({ offset, key, id }) => ({ offset, key, id }));
    this.#write({ kind: 'begun', work, ...lane, ordering, records: given });
    return work;
  }

  end(work: number): void {
    this.#write({ kind: 'ended', work });
  }

  /** The metadata of its next commit: no other one bears them. */
  mark(): string {
    return `${this.who}#${(this.#commits += 1)}`;
  }

  told(mark: string, outcome: CommitTold['outcome'], error?: string): void {
    const code = error === undefined ? {} : { error };
    this.#write({ kind: 'told', mark, outcome, ...code });
  }

  note(what: string): void {
    this.#write({ kind: 'note', what });
  }

  #write(event: Unsigned<MemberEvent>): void {
    this.#note({ at: Date.now(), who: this.who, ...event });
  }
}

type Unsigned<Event> = Event extends MemberEvent
  ? Omit<Event, 'at' | 'who'>
  : never;
