import { type DynamicModule, Module } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { TopicDefinition } from '#schemas';
import { checkOptionNames } from '../installation/check-option-names.js';
import type { ProjectionFeature } from '../projection/projection-feature.js';

/** What a feature brings. */
export interface PostamtFeatureOptions {
  /** Created, and their schemas registered, when the application starts. */
  readonly topics?: readonly TopicDefinition[];
  /** Filled while the application runs, as handlers are run. */
  readonly projections?: readonly ProjectionFeature[];
}

const NAMES = [
  'topics',
  'projections',
] as const satisfies readonly (keyof PostamtFeatureOptions)[];

const FEATURE = Symbol('postamt:feature');

/** Bears what a feature brings, for the core module to find. */
@Module({})
export class PostamtFeatureModule {
  static register(feature: PostamtFeatureOptions): DynamicModule {
    checkOptionNames(feature, NAMES, 'PostamtModule.forFeature');
    return {
      module: PostamtFeatureModule,
      providers: [{ provide: FEATURE, useValue: feature }],
    };
  }
}

/** What all features of an application bring; known as soon as its modules are scanned. */
export function featuresOf(modules: ModulesContainer): PostamtFeatureOptions[] {
  return [...modules.values()].flatMap(({ metatype, providers }) =>
    metatype === PostamtFeatureModule
      ? [providers.get(FEATURE)?.instance as PostamtFeatureOptions]
      : [],
  );
}
