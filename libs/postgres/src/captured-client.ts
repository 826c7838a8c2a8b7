import pg, { type Client, type ClientConfig } from 'pg';

/** What the module holds where pg-listen looks for it; the types call it constant. */
const held = pg as { -readonly [Name in 'Client']: (typeof pg)[Name] };

/**
 * Calls `make`, and hands over the last client of `pg` that was made during it, beside what `make` returned.
 *
 * pg-listen makes its client itself, keeps it to itself, and asks `require('pg').Client` for the class at the moment at
 * which the subscriber is made, and never again where it is told not to reconnect. So this puts a subclass there while
 * `make`, which is synchronous, runs: no other code can see it. A `password` function is called on the client, but only
 * where the server asks for a password; nothing else of what is configured gets hold of it.
 *
 * There is none where pg-listen finds another copy of `pg` than this code, and where something has made the class
 * unwritable: whoever wants the client has to do without.
 */
export function withCapturedClient<Made>(make: () => Made): {
  made: Made;
  client: Client | undefined;
} {
  const Original = held.Client;
  let client: Client | undefined;
  class Captured extends Original {
    constructor(config?: string | ClientConfig) {
      super(config);
      // oxlint-disable-next-line typescript/no-this-alias -- to hand it over is what this class is for
      client = this;
    }
  }
  // Not an assignment: that throws where the property cannot be written.
  Reflect.set(held, 'Client', Captured);
  try {
    const made = make();
    return { made, client };
  } finally {
    Reflect.set(held, 'Client', Original);
  }
}
