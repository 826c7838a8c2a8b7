/**
 * Checks which room of the house imports what (scripts/rooms/table.ts holds the table), that no files import in a
 * circle, that each lib's index opens with its three lines, and that nest-cli.json lists what there is.
 *
 *     node scripts/check-rooms.ts
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkTree } from './rooms/check-tree.ts';
import { nestCliViolations } from './rooms/nest-cli.ts';
import { readTree } from './rooms/read-tree.ts';
import { formatViolation } from './rooms/violation.ts';

const root = join(import.meta.dirname, '..');
const tree = readTree(root);
const nestCli = readFileSync(join(root, 'nest-cli.json'), 'utf8');
const violations = [
  ...checkTree(tree),
  ...nestCliViolations(nestCli, tree.keys()),
];
for (const violation of violations) console.error(formatViolation(violation));

const indexes = [...tree.keys()].filter((path) =>
  /^libs\/[^/]+\/src\/index\.ts$/.test(path),
);
console.log(
  `rooms: ${indexes.length} libs, ${tree.size} files, ${violations.length} violations`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
