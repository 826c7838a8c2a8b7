import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DemoNestLogger } from '../progress/demo-nest-logger.js';
import { DeskModule, type DeskOptions } from './desk.module.js';

/** Starts the service desk: connections, the relay unless it runs elsewhere, the board's group, the listener. */
export async function startDesk(
  options: DeskOptions,
  say: (line: string) => void,
): Promise<INestApplicationContext> {
  return NestFactory.createApplicationContext(DeskModule.forRoot(options), {
    logger: new DemoNestLogger(say),
    // What keeps it from starting is the demo's to report.
    abortOnError: false,
  });
}
