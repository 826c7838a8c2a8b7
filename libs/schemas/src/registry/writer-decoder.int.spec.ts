import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
} from '@jest/globals';
import { useDatabase } from '#testing';
import { defineTopic } from '../define-topic.js';
import { listVersions } from './list-versions.js';
import { openTopic } from './open-topic.js';
import { valueSubject } from './register-schema.js';
import { SchemaCache } from './schema-cache.js';
import { WriterDecoder } from './writer-decoder.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

const first = defineTopic('doors', {
  value: {
    type: 'record',
    name: 'Door',
    fields: [{ name: 'open', type: 'boolean' }],
  },
});
const second = defineTopic('doors', {
  value: {
    type: 'record',
    name: 'Door',
    fields: [
      { name: 'open', type: 'boolean' },
      { name: 'by', type: ['null', 'string'], default: null },
    ],
  },
});

describe('WriterDecoder', () => {
  it('decodes each value by the version that it was written with', async () => {
    const db = database.open();
    const old = await openTopic(db, first);
    const now = await openTopic(db, second);
    const decoder = new WriterDecoder(new SchemaCache(db));
    const written = [
      old.serializer.serialize({ open: true }),
      now.serializer.serialize({ open: false, by: 'guard' }),
    ];
    const read = [];
    for (const bytes of written) read.push(await decoder.decode(bytes));
    const versions = await listVersions(db, valueSubject('doors'));
    expect(read).toEqual([
      { schemaId: versions[0]?.schemaId, value: { open: true } },
      { schemaId: versions[1]?.schemaId, value: { open: false, by: 'guard' } },
    ]);
  });

  it('refuses what has no wire prefix, and an id that nobody registered', async () => {
    const decoder = new WriterDecoder(new SchemaCache(database.open()));
    await expect(decoder.decode(Buffer.from('plain'))).rejects.toMatchObject({
      code: 'INVALID_RECORD',
    });
    await expect(
      decoder.decode(Buffer.from('000000270f02', 'hex')),
    ).rejects.toMatchObject({ code: 'UNKNOWN_SCHEMA_ID' });
  });
});

describe('listVersions', () => {
  it('lists the versions of a subject from the first, and none of another', async () => {
    const db = database.open();
    await openTopic(db, first);
    await openTopic(db, second);
    const versions = await listVersions(db, valueSubject('doors'));
    expect(
      versions.map(({ version, schemaText }) => [version, schemaText]),
    ).toEqual([
      [1, first.valueCodec.schemaText],
      [2, second.valueCodec.schemaText],
    ]);
    expect(await listVersions(db, 'nobody-value')).toEqual([]);
  });
});
