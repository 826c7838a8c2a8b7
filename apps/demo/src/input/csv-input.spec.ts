import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { csvText, HEADER } from '../fixtures/csv-text.js';
import { useScratchDirectory } from '../fixtures/scratch-directory.js';
import { BadInput } from './bad-input.js';
import { CsvInput } from './csv-input.js';
import type { IncidentRow } from './incident-row.js';
import type { Rejection } from './rejection.js';

const scratch = useScratchDirectory({ beforeEach, afterEach });

async function write(name: string, content: string | Buffer): Promise<string> {
  const file = join(scratch.path, name);
  await writeFile(file, content);
  return file;
}

async function read(file: string, strict = false) {
  const rejected: Rejection[] = [];
  const onRejection = (rejection: Rejection) => void rejected.push(rejection);
  const input = await CsvInput.open({ file, strict, onRejection });
  const rows: IncidentRow[] = [];
  for await (const row of input.rows()) rows.push(row);
  return { rows, rejected, expected: input.expectedRows };
}

const lines = (...all: string[]) => `${all.join('\n')}\n`;

describe('CsvInput', () => {
  it('reads every column, an empty field as unknown', async () => {
    const file = await write(
      'log.csv',
      lines(
        HEADER,
        '1-1,0,2012-05-01T10:00:00.000Z,Queued,"Awaiting, still",Low,,Ann,Sweden,G1,,"Org ""1""",se',
      ),
    );
    const { rows, rejected } = await read(file);
    expect(rejected).toEqual([]);
    expect(rows).toEqual([
      {
        incidentId: '1-1',
        seq: 0,
        at: Date.UTC(2012, 4, 1, 10),
        status: 'Queued',
        subStatus: 'Awaiting, still',
        impact: 'Low',
        product: null,
        resource: 'Ann',
        resourceCountry: 'Sweden',
        supportGroup: 'G1',
        role: null,
        organization: 'Org "1"',
        organizationCountry: 'se',
      },
    ]);
  });

  it('takes columns in any order, and passes over those it does not know', async () => {
    const turned = HEADER.split(',').toReversed().join(',');
    const line = csvText('1-1', 0).split(',').toReversed().join(',');
    const file = await write(
      'log.csv',
      `\uFEFFmore,${turned}\r\nx,${line}\r\n\r\n`,
    );
    const { rows, rejected } = await read(file);
    expect(rejected).toEqual([]);
    expect(rows[0]).toMatchObject({ incidentId: '1-1', status: 'Accepted' });
  });

  it.each(['log.csv', 'log.csv.gz'])(
    'unpacks what gzip packed, by its name or its first bytes: %s',
    async (name) => {
      const all = Array.from({ length: 3_000 }, (_, n) => csvText(`1-${n}`, 0));
      const file = await write(name, gzipSync(lines(HEADER, ...all)));
      const { rows, expected } = await read(file);
      expect(rows).toHaveLength(3_000);
      expect(expected).toBe(3_000);
    },
  );

  it.each([
    [
      'a missing column',
      '1-1,1,2012-05-01T10:00:00.000Z,Accepted',
      '4 of 13 columns: sub_status, impact, product, resource, resource_country, support_group, role, organization, organization_country missing',
    ],
    [
      'a field too many',
      `${csvText('1-1', 1)},x`,
      '14 fields where the header has 13 columns',
    ],
    ['an empty id', csvText('', 1), 'incident_id is empty'],
    [
      'a bad time',
      csvText('1-1', 1, { at: '2012-02-30T10:00:00Z' }),
      'occurred_at is "2012-02-30T10:00:00Z", which is no time as 2012-05-11T23:26:15.000Z',
    ],
    [
      'an unknown status',
      csvText('1-1', 1, { status: 'Lost' }),
      'status "Lost" is unknown: there are Accepted, Queued, Completed, Unmatched',
    ],
    [
      'a seq that is no number',
      csvText('1-1', '1.5'),
      'seq is "1.5", which is no whole number from 0 to 999999999',
    ],
    [
      'a seq out of order',
      csvText('1-1', 0),
      'seq of 1-1 is 0 where 1 was to come: out of order',
    ],
    [
      'a quote that is never closed',
      `"${csvText('1-1', 1)}`,
      'no CSV: quote not closed',
    ],
    [
      'a NUL',
      csvText('1-1', 1, { subStatus: 'a\0b' }),
      'sub_status holds a NUL',
    ],
    [
      'a field beyond all measure',
      csvText('1-1', 1, { subStatus: 'x'.repeat(1_001) }),
      'sub_status has 1001 characters, more than 1000',
    ],
  ])('rejects %s by line and reason, and goes on', async (_, bad, reason) => {
    const good = [csvText('1-1', 0), csvText('2-1', 0)];
    const file = await write(
      'log.csv',
      lines(HEADER, good[0] ?? '', bad, good[1] ?? ''),
    );
    const { rows, rejected } = await read(file);
    expect(rejected).toEqual([{ line: 3, reason }]);
    expect(rows.map((row) => row.incidentId)).toEqual(['1-1', '2-1']);
  });

  it('stops at the first bad row when it is strict', async () => {
    const file = await write('log.csv', lines(HEADER, csvText('1-1', 7)));
    await expect(read(file, true)).rejects.toThrow(
      new BadInput(
        `${file}, line 2: seq of 1-1 is 7 where 0 was to come: out of order`,
      ),
    );
  });

  it('says which columns the header lacks', async () => {
    const header = HEADER.replace('seq,', '').replace(',role', '');
    const file = await write('log.csv', lines(header));
    await expect(read(file)).rejects.toThrow(
      `${file}, line 1: the header lacks seq, role, without which no row can be read`,
    );
  });

  it('refuses a file that is empty, missing, or cut off', async () => {
    const packed = gzipSync(lines(HEADER, csvText('1-1', 0)));
    const empty = await write('empty.csv', '');
    const cut = await write('cut.csv.gz', packed.subarray(0, -9));
    await expect(read(empty)).rejects.toThrow(`${empty} is empty`);
    await expect(read(cut)).rejects.toThrow(
      /cut.csv.gz cannot be read: .*unexpected end of file/,
    );
    await expect(read(join(scratch.path, 'none'))).rejects.toThrow(/ENOENT/);
  });
});
