import type { Command } from 'commander';
import type { Io } from '../io.js';
import type { Output } from '../output.js';
import { addGroupsDelete } from './add-groups-delete.js';
import { addGroupsDeleteOffsets } from './add-groups-delete-offsets.js';
import { addGroupsDescribe } from './add-groups-describe.js';
import { addGroupsList } from './add-groups-list.js';
import { addGroupsResetOffsets } from './add-groups-reset-offsets.js';

/** `postamt groups …` */
export function addGroups(program: Command, output: Output, io: Io): void {
  const groups = program
    .command('groups')
    .description(
      'list, describe and delete consumer groups, and put their offsets elsewhere',
    );
  addGroupsList(groups, output);
  addGroupsDescribe(groups, output);
  addGroupsResetOffsets(groups, output, io);
  addGroupsDeleteOffsets(groups, output, io);
  addGroupsDelete(groups, output, io);
}
