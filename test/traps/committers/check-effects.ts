/** A record whose effect is not there exactly once. */
export interface EffectViolation {
  readonly rule: 'lost' | 'duplicate';
  readonly detail: string;
}

/** Holds the effects that are there against the records from 0 up to `end`: each is to be there once. */
export function checkEffects(
  end: bigint,
  applied: readonly bigint[],
): EffectViolation[] {
  const violations: EffectViolation[] = [];
  for (let offset = 0n; offset < end; offset += 1n) {
    const times = applied.filter((each) => each === offset).length;
    if (times === 1) continue;
    violations.push({
      rule: times === 0 ? 'lost' : 'duplicate',
      detail: `the record at ${offset} was applied ${times} times`,
    });
  }
  return violations;
}
