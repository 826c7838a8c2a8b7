import type { InstanceWrapper } from '@nestjs/core/internal';
import type { SubscribeMetadata } from './subscribe.decorator.js';

/** A method with `@Subscribe` that was found in the application. */
export interface Subscription extends SubscribeMetadata {
  /** The provider or controller that the method belongs to. */
  readonly wrapper: InstanceWrapper;
  readonly method: string;
  /** Class and method, for messages. */
  readonly handler: string;
}
