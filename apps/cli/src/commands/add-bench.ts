import type { Command } from 'commander';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { addBenchConsumer } from './add-bench-consumer.js';
import { addBenchProducer } from './add-bench-producer.js';

/** `postamt bench …` */
export function addBench(program: Command, output: Output, io: Io): void {
  const bench = program
    .command('bench')
    .description('measure how fast records are written and read here');
  addBenchProducer(bench, output, io);
  addBenchConsumer(bench, output, io);
}
