import { defineStatement } from '#postgres';

/**
 * To be sent before a measurement, in its transaction: a plan that was made while a part of the ring was empty reads that
 * part from end to end once for each shard, and is kept when it fills. Without JIT, since the cost of what is off counts
 * as work (before Postgres 18): compiling took 1.3 to 3 s of each move. One plan for all parameters: planning anew over
 * four parts took two thirds of a small move's reading.
 */
export const planByIndexes = defineStatement({
  name: 'plan_by_indexes',
  text: () =>
    "select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true), set_config('jit', 'off', true)",
});
