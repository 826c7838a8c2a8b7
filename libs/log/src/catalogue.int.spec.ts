import {
  afterAll,
  afterEach,
  beforeAll,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { performance } from 'node:perf_hooks';
import { useDatabase, waitFor } from '#testing';
import { alterTopic } from './alter-topic.js';
import { Catalogue } from './catalogue.js';
import { newTopic } from './fixtures/batches.js';

const database = useDatabase({ beforeAll, afterEach, afterAll });

afterEach(() => {
  jest.restoreAllMocks();
});

describe('Catalogue', () => {
  it('hears of an altered configuration by itself once what it knows is half a minute old', async () => {
    const db = database.open();
    const { name, number } = await newTopic(db);
    const catalogue = new Catalogue(db);
    await catalogue.topic(name);
    await alterTopic(db, name, { set: { 'max.message.bytes': 500 } });
    expect(catalogue.known(name)?.config.maxMessageBytes).toBe(1_048_588);
    const now = performance.now();
    jest.spyOn(performance, 'now').mockImplementation(() => now + 31_000);
    await waitFor('the new configuration', async () => {
      const topics = await catalogue.topicsByNumber([number]);
      return topics.get(number)?.config.maxMessageBytes === 500;
    });
  });
});
