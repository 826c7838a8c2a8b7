import type { Cast } from '../fault-stage.js';

/** Two standbys, of which one has to have what is acknowledged to the first three; the last waits for none. */
export const REPLICATED: Cast = {
  standbys: ['a', 'b'],
  config: { 'min.insync.replicas': '2' },
  producers: [
    { kind: 'plain', acks: 'all' },
    { kind: 'sequence', acks: 'all' },
    { kind: 'client', acks: 'all' },
    { kind: 'writer', acks: 1 },
  ],
};

/** Those of its producers that wait for no standby. */
export const UNREPLICATED = 3;
