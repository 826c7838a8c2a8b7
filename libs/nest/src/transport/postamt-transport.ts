/**
 * The transport's id: says in an application of several transports that a handler is for this one.
 *
 * @example
 * @EventPattern('incidents', POSTAMT_TRANSPORT)
 */
export const POSTAMT_TRANSPORT = Symbol('postamt');
