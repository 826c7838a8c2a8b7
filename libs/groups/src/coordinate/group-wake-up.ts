/** The key under which members hear that something has changed in their group. */
export function groupWakeUp(groupId: number): string {
  return `g${groupId}`;
}
