import { describe, expect, it } from '@jest/globals';
import { isPostamtError } from '#kernel';
import { schemaName } from './schema-name.js';

function refusal(name: string): boolean {
  try {
    schemaName(name);
    return false;
  } catch (error) {
    return isPostamtError(error, 'INVALID_CONFIG');
  }
}

describe('schemaName', () => {
  it('is postamt where nobody says otherwise', () => {
    expect(schemaName()).toBe('postamt');
  });

  it.each(['postamt', 'other_one', '_', 'a1', 'a'.repeat(40)])(
    'takes %s',
    (name) => expect(schemaName(name)).toBe(name),
  );

  it.each([
    '',
    'a'.repeat(41),
    '1a',
    'Postamt',
    'pg_temp',
    'user',
    'select',
    'a-b',
    'a b',
    'a"b',
    'a; drop schema public',
    'postamt.topics; --',
    "a'",
    'a\n',
    'straße',
  ])('refuses %j', (name) => expect(refusal(name)).toBe(true));
});
