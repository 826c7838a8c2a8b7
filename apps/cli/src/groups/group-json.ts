import type { DescribedGroup } from '#groups';
import { PostamtError } from '#kernel';

/** JSON of what the library returns: offsets are strings, times ISO 8601, errors their code and message. */
export function groupJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) => {
    if (typeof each === 'bigint') return String(each);
    if (!(each instanceof PostamtError)) return each;
    const { code, message } = each;
    return { code, message };
  });
}

/** What of a group is shown. */
export type GroupView = 'offsets' | 'members' | 'state';

/** A group ready for JSON, with what a view shows of it. */
export function groupView(group: DescribedGroup, view: GroupView): object {
  const { members, partitions, ...state } = group;
  if (view === 'members') return { ...state, members };
  if (view === 'offsets') return { ...state, partitions };
  return { ...state, members: members.length, partitions: partitions.length };
}
