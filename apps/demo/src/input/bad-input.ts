/** Why an input cannot be read any further: its message names the file, and the line where there is one. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
}
