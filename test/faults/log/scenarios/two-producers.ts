import type { Cast } from '../fault-stage.js';

/** Two producers that wait for the flush here. */
export const TWO_PRODUCERS: Cast = {
  producers: [
    { kind: 'plain', acks: 1 },
    { kind: 'plain', acks: 1 },
  ],
};
