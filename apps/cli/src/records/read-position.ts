import { InvalidArgumentError } from 'commander';
import type { StartPosition } from './start-offset.js';

/** Reads the option that says where reading begins. */
export function readPosition(text: string): StartPosition {
  if (text === 'earliest' || text === 'latest') return text;
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('Give earliest, latest or an offset.');
}
