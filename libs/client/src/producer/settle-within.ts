/** How something ended that was waited for: with a value, with an error, or not in time. */
export type Ending<T> =
  { readonly value: T } | { readonly error: unknown } | 'late';

/** Waits for a promise, for `milliseconds` at the most. It never rejects; what comes later is heard by nobody. */
export async function settleWithin<T>(
  promise: Promise<T>,
  milliseconds: number,
): Promise<Ending<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, milliseconds, 'late');
  });
  const ending = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  try {
    return await Promise.race([ending, late]);
  } finally {
    clearTimeout(timer);
  }
}
