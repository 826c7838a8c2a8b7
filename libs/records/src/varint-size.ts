/** Bytes of a zig-zag varint of 32 bits. */
export function varintSize(value: number): number {
  const raw = ((value << 1) ^ (value >> 31)) >>> 0;
  if (raw < 0x80) return 1;
  if (raw < 0x4000) return 2;
  if (raw < 0x200000) return 3;
  return raw < 0x10000000 ? 4 : 5;
}

/** Bytes of a zig-zag varint of 64 bits, for a safe integer. */
export function varlongSize(value: number): number {
  if ((value | 0) === value) return varintSize(value);
  // 34 bits of magnitude fill five bytes beside the sign; the steps are powers of two, so no rounding moves a value
  // over one.
  const magnitude = value < 0 ? -(value + 1) : value;
  let size = 5;
  for (let limit = 2 ** 34; magnitude >= limit; limit *= 128) size += 1;
  return size;
}
