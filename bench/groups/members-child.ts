import { Child } from '../outbox/child.ts';

/** What the sessions of the members' processes are called in `pg_stat_activity`. */
export const MEMBERS_APPLICATION = 'postamt-bench-members';

/** What a process of members is asked for. */
export interface MembersAsked {
  readonly connectionString: string;
  readonly topic: string;
  readonly group: string;
  /** Members in this process. */
  readonly members: number;
}

/** Runs `body` with as many processes, each of which is ready to have members join, and is ended behind it. */
export async function withMembers<Result>(
  count: number,
  asked: MembersAsked,
  body: (children: readonly Child[]) => Promise<Result>,
): Promise<Result> {
  const children = Array.from({ length: count }, () =>
    Child.start('../groups/members.child.ts'),
  );
  try {
    await Promise.all(children.map(async (each) => each.ask('open', asked)));
    const result = await body(children);
    await Promise.all(children.map(async (each) => each.ask('leave')));
    return result;
  } finally {
    await Promise.all(children.map(async (each) => each.end()));
  }
}
