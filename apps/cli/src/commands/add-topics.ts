import type { Command } from 'commander';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { addTopicsAddPartitions } from './add-topics-add-partitions.js';
import { addTopicsAlter } from './add-topics-alter.js';
import { addTopicsCreate } from './add-topics-create.js';
import { addTopicsDelete } from './add-topics-delete.js';
import { addTopicsDescribe } from './add-topics-describe.js';
import { addTopicsList } from './add-topics-list.js';

/** `postamt topics …` */
export function addTopics(program: Command, output: Output, io: Io): void {
  const topics = program
    .command('topics')
    .description('list, describe, create, alter, widen and delete topics');
  addTopicsList(topics, output);
  addTopicsDescribe(topics, output);
  addTopicsCreate(topics, output);
  addTopicsAlter(topics, output);
  addTopicsAddPartitions(topics, output, io);
  addTopicsDelete(topics, output, io);
}
