import { roundRobinAssignor, stickyAssignor, type Assignor } from '#groups';

/** The client id of the member that has nothing, and says when everybody has given up everything. */
export const REFEREE = 'referee';

/**
 * Kafka's classic protocol, which stops the world, in the terms of this engine. Whatever changes in the group, at first
 * everybody gives up everything: JoinGroup. Only once nobody has anything any more, which the referee sees, everything is
 * assigned anew: SyncGroup. What stays out of it is in its favour: here everybody hears of a change at once, and not by
 * his next heartbeat.
 */
export const eagerAssignor: Assignor = {
  name: 'eager',
  assign({ members, topics }) {
    const players = members.filter(({ clientId }) => clientId !== REFEREE);
    if (players.some(({ owned }) => owned.length > 0)) return new Map();
    return roundRobinAssignor.assign({ members: players, topics });
  },
};

/** How a group of the bench is coordinated. */
export const PROTOCOLS = ['ours', 'eager'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export function assignorOf(protocol: Protocol): Assignor {
  return protocol === 'eager' ? eagerAssignor : stickyAssignor;
}
