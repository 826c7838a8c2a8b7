import type { Provider } from '@nestjs/common';
import { PostamtError } from '#kernel';
import type {
  PostamtModuleAsyncOptions,
  PostamtOptionsFactory,
} from './postamt-module-options.js';
import { POSTAMT_OPTIONS } from './tokens.js';

/**
 * The providers that make the module's options.
 *
 * @throws PostamtError INVALID_CONFIG unless exactly one way to make them is given
 */
export function optionsProviders(
  options: PostamtModuleAsyncOptions,
): Provider[] {
  const { useFactory, useClass, useExisting, inject = [] } = options;
  const ways = [useFactory, useClass, useExisting];
  if (ways.filter((way) => way !== undefined).length !== 1)
    throw new PostamtError(
      'INVALID_CONFIG',
      'forRootAsync needs exactly one of useFactory, useClass and useExisting',
    );
  const provide = POSTAMT_OPTIONS;
  if (useFactory) return [{ provide, useFactory, inject }];
  const factory = (useClass ?? useExisting) as NonNullable<typeof useExisting>;
  const made = {
    provide,
    useFactory: (from: PostamtOptionsFactory) => from.createPostamtOptions(),
    inject: [factory],
  };
  return useClass ? [useClass, made] : [made];
}
