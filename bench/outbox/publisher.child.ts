import { withOutbox } from './events.ts';
import type { Load } from './open-loop.ts';
import { publishLoad, type Published } from './publish-load.ts';
import { serveParent } from './serve-parent.ts';

serveParent({
  async publish({
    connectionString,
    load,
  }: {
    connectionString: string;
    load: Load;
  }): Promise<Published> {
    return withOutbox(connectionString, (outbox) =>
      publishLoad(connectionString, outbox, load),
    );
  },
});
