import { join } from 'node:path';
import type { NativeBinaries } from './native-binaries.js';
import type { ServerAccount } from './server-account.js';
import type { SupervisedCommand } from './supervision-protocol.js';

/** The superuser of an embedded cluster. */
export const SUPERUSER = 'postgres';

/** A cluster and what it is run with. */
export interface Cluster {
  readonly binaries: NativeBinaries;
  /** Who it runs as, where that is not who starts it. */
  readonly account: ServerAccount | undefined;
  /** Absolute, symbolic links resolved. */
  readonly dataDirectory: string;
  readonly host: string;
  readonly settings: Readonly<Record<string, string>>;
}

/** The command that runs one of the cluster's programs, as its account, with an environment that says nothing of ours. */
export function clusterCommand(
  { binaries, account }: Pick<Cluster, 'binaries' | 'account'>,
  program: 'initdb' | 'postgres',
  args: readonly string[],
  cwd: string,
): SupervisedCommand {
  const { PATH = '', LD_LIBRARY_PATH } = process.env;
  return {
    program: join(binaries.directory, 'bin', program),
    args,
    cwd,
    // The time zone is named for speed too: initdb finds the machine's by comparing it to every zone there is.
    env: {
      PATH,
      LC_ALL: 'C',
      TZ: 'UTC',
      ...(LD_LIBRARY_PATH === undefined ? {} : { LD_LIBRARY_PATH }),
    },
    ...account,
  };
}

/** What a program said last, for the end of a message. */
export function quoteLines(lines: readonly string[]): string {
  return lines.length === 0
    ? 'It said nothing.'
    : `Its last lines:\n${lines.join('\n')}`;
}
