import { describe, expect, it } from '@jest/globals';
import { chooseServerAccount, parseAccounts } from './server-account.js';

const isRoot = process.getuid?.() === 0;

describe('parseAccounts', () => {
  it('reads names, uids and gids, whatever else a line holds', () => {
    const accounts = parseAccounts(
      'root:x:0:0:root:/root:/bin/bash\n# a comment\nnobody:x:65534:65533::/:\n\n',
    );
    expect([...accounts]).toEqual([
      ['root', { uid: 0, gid: 0 }],
      ['nobody', { uid: 65534, gid: 65533 }],
    ]);
  });
});

(isRoot ? describe : describe.skip)('chooseServerAccount, for root', () => {
  it('takes the owner of a cluster', async () => {
    const owner = { uid: 1234, gid: 5678 };
    expect(await chooseServerAccount(owner)).toEqual(owner);
  });

  it('takes an account of the machine where root owns the cluster', async () => {
    const account = await chooseServerAccount({ uid: 0, gid: 0 });
    expect(account?.uid).toBeGreaterThan(0);
  });
});

(isRoot ? describe.skip : describe)('chooseServerAccount, for others', () => {
  it('stays with who starts the server', async () => {
    expect(await chooseServerAccount(undefined)).toBeUndefined();
  });
});
