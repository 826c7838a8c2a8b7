/** Why the demo cannot go on, in words for who runs it. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
}
