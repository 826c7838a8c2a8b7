import { describe, expect, it } from '@jest/globals';
import {
  StreamedTransactions,
  type PgoutputMessage,
} from './streamed-transactions.js';

const begin = { tag: 'begin', commitLsn: '0/10', xid: 1 };
const message = (text: string, options: object = {}) => ({
  tag: 'message',
  transactional: true,
  prefix: 'postamt',
  content: Buffer.from(text),
  ...options,
});
const commit = (lsn: string) => ({
  tag: 'commit',
  commitLsn: `0/${lsn}`,
  commitEndLsn: `0/${lsn}8`,
});

function fed(...messages: object[]) {
  const transactions = new StreamedTransactions('postamt');
  for (const each of messages) transactions.add(each as PgoutputMessage);
  return transactions;
}

describe('StreamedTransactions', () => {
  it('gives whole transactions only', () => {
    const transactions = fed(begin, message('a'), message('b'));
    expect(transactions.isEmpty).toBe(false);
    expect(transactions.take(100)).toEqual([]);
    transactions.add(commit('10') as PgoutputMessage);
    expect(transactions.take(100)).toEqual([
      {
        commitLsn: 0x10n,
        endLsn: 0x108n,
        messages: [Buffer.from('a'), Buffer.from('b')],
        bytes: 2,
      },
    ]);
    expect(transactions.isEmpty).toBe(true);
    expect(transactions.bytes).toBe(0);
  });

  it('leaves out what is of another prefix, or of no transaction', () => {
    const transactions = fed(
      message('x', { transactional: false }),
      begin,
      message('x', { prefix: 'other' }),
      commit('10'),
    );
    expect(transactions.take(100)[0]?.messages).toEqual([]);
  });

  it('takes up to a size, and one at the least', () => {
    const transactions = fed(
      begin,
      message('aaaa'),
      commit('1'),
      begin,
      message('bb'),
      commit('2'),
      begin,
      message('c'),
      commit('3'),
    );
    const sizes = () => transactions.take(3).map(({ bytes }) => bytes);
    expect([sizes(), sizes(), sizes()]).toEqual([[4], [2, 1], []]);
  });

  it('keeps the bytes when their buffer is used again', () => {
    const content = Buffer.from('before');
    const transactions = fed(begin, message('', { content }), commit('1'));
    content.fill('x');
    expect(String(transactions.take(9)[0]?.messages[0])).toBe('before');
  });
});
