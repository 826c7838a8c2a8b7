// event-sourcing: projections and their rebuild; streams, aggregates and snapshots come later.
// May import: kernel, postgres, outbox, schemas, client.
// Words: projection, version, active, building, retired, rebuild, switch.
export { projection, type Projection } from './projection/projection.js';
export type { ProjectionOptions } from './projection/projection-definition.js';
export {
  rebuild,
  type RebuildOptions,
  type RebuildResult,
} from './projection/rebuild.js';
export type { RunningProjection } from './projection/running-projection.js';
