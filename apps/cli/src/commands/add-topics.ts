import type { Command } from 'commander';
import type { Output } from '../output.js';
import { addTopicsCreate } from './add-topics-create.js';
import { addTopicsDescribe } from './add-topics-describe.js';
import { addTopicsList } from './add-topics-list.js';

/** `postamt topics …` */
export function addTopics(program: Command, output: Output): void {
  const topics = program
    .command('topics')
    .description('list, describe and create topics');
  addTopicsList(topics, output);
  addTopicsDescribe(topics, output);
  addTopicsCreate(topics, output);
}
