/** The token of the module's options. */
export const POSTAMT_OPTIONS = Symbol('postamt:options');

/**
 * The token under which the way to the database is injected (a connection string, or the options of a `pg` pool): for
 * pools of the application's own where the server is the embedded one. Give such a pool an `error` listener: it hears of
 * the server's stop, and an `error` that nobody hears ends the process.
 *
 * @example
 * const pool = {
 *   provide: Pool,
 *   useFactory: (connectionString: string) => new Pool({ connectionString }),
 *   inject: [POSTAMT_CONNECTION],
 * };
 */
export const POSTAMT_CONNECTION = Symbol('postamt:connection');
