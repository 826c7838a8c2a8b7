import type { Cast } from '../fault-stage.js';

/** Producers that wait for the flush here: one that sends once, and two that send again until they know. */
export const THREE_PRODUCERS: Cast = {
  producers: [
    { kind: 'plain', acks: 1 },
    { kind: 'sequence', acks: 1 },
    { kind: 'client', acks: 1 },
  ],
};
