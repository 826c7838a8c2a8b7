import { EXCEPTION_FILTERS_METADATA } from '@nestjs/common/internal';
import type { ExternalContextCreator } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/internal';

/** Whether any exception filter may handle what a method throws: one of the method, of its class, or a global one. */
export function hasExceptionFilters(
  contexts: ExternalContextCreator,
  wrapper: InstanceWrapper,
  method: string,
): boolean {
  // Nest gives the application's configuration to nobody else.
  const config = contexts['filtersContextCreator']['config'];
  const prototype = Object.getPrototypeOf(wrapper.instance) as Record<
    string,
    object
  >;
  return (
    !config ||
    config.getGlobalFilters().length > 0 ||
    config.getGlobalRequestFilters().length > 0 ||
    Reflect.hasMetadata(EXCEPTION_FILTERS_METADATA, prototype.constructor) ||
    Reflect.hasMetadata(EXCEPTION_FILTERS_METADATA, prototype[method] as object)
  );
}
