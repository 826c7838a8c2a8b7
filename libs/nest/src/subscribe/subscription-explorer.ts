import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/internal';
import { subscribeMetadata } from './subscribe.decorator.js';
import type { Subscription } from './subscription.js';

/** Finds the methods with `@Subscribe` of all providers and controllers. */
@Injectable()
export class SubscriptionExplorer {
  readonly #discovery: DiscoveryService;
  readonly #scanner: MetadataScanner;

  constructor(discovery: DiscoveryService, scanner: MetadataScanner) {
    this.#discovery = discovery;
    this.#scanner = scanner;
  }

  explore(): Subscription[] {
    const wrappers = [
      ...this.#discovery.getProviders(),
      ...this.#discovery.getControllers(),
    ];
    const hosts = wrappers.filter((wrapper) => !wrapper.isAlias);
    return hosts.flatMap((wrapper) => this.#subscriptionsOf(wrapper));
  }

  #subscriptionsOf(wrapper: InstanceWrapper): Subscription[] {
    const prototype = prototypeOf(wrapper);
    if (!prototype) return [];
    const { name } = prototype.constructor;
    return this.#scanner.getAllMethodNames(prototype).flatMap((method) => {
      const found = subscribeMetadata(
        (prototype as Record<string, object>)[method] as object,
      );
      const handler = `${name}.${method}`;
      return found.map((each) => ({ ...each, wrapper, method, handler }));
    });
  }
}

/** A class has its methods without an instance; what a factory or a value gave has them in its own prototype. */
function prototypeOf(wrapper: InstanceWrapper): object | undefined {
  if (!wrapper.isNotMetatype)
    return (wrapper.metatype?.prototype ?? undefined) as object | undefined;
  const instance = wrapper.instance as unknown;
  if (typeof instance !== 'object' || instance === null) return undefined;
  return (Object.getPrototypeOf(instance) as object | null) ?? undefined;
}
