import { crc32c as nativeCrc32c } from '@node-rs/crc32';

/**
 * CRC-32C (Castagnoli, RFC 3720 appendix B.4) of `bytes`, unsigned.
 *
 * @example
 * crc32c(Buffer.from('123456789')); // 0xe3069283
 */
export function crc32c(bytes: Buffer): number {
  return nativeCrc32c(bytes);
}
