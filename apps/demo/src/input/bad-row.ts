/** Why a row is not taken; its message is the reason, the reader adds the line. */
export class BadRow extends Error {
  override readonly name = 'BadRow';
}
