import { describe, expect, it } from '@jest/globals';
import { differences } from './schema-dump/differences.ts';
import { formatSchema } from './schema-dump/format-schema.ts';

describe('formatSchema', () => {
  it('writes functions, tables with their indexes, and views', () => {
    const text = formatSchema('postamt', {
      functions: ['CREATE FUNCTION postamt.f()\n AS $$x$$ \n'],
      sequences: [{ name: 'turns', options: 'minvalue 0 start 0' }],
      tables: [
        {
          name: 'letters',
          columns: [
            {
              name: 'id',
              type: 'bigint',
              origin: 'generated always as identity',
              notNull: true,
              storage: '',
            },
            {
              name: 'body',
              type: 'bytea',
              origin: '',
              notNull: false,
              storage: 'external',
            },
          ],
          constraints: ['constraint letters_pkey PRIMARY KEY (id)'],
          indexes: ['CREATE INDEX letters_body_idx ON postamt.letters (body)'],
          partitionedBy: '',
          parts: [],
        },
      ],
      views: [{ name: 'sent', query: ' SELECT 1;' }],
    });
    expect(text.split('\n').slice(3).join('\n')).toBe(`create schema postamt;

create sequence postamt.turns minvalue 0 start 0;

CREATE FUNCTION postamt.f()
 AS $$x$$;

create table postamt.letters (
  id bigint generated always as identity not null,
  body bytea storage external,
  constraint letters_pkey PRIMARY KEY (id)
);

CREATE INDEX letters_body_idx ON postamt.letters (body);

create view postamt.sent as
SELECT 1;
`);
  });
});

describe('differences', () => {
  it('shows nothing of equal texts, and lines from the first difference on', () => {
    expect(differences('a\nb\n', 'a\nb\n')).toEqual([]);
    expect(differences('a\nb\n', 'a\nc\n')).toEqual([
      'line 2:',
      '- b',
      '- ',
      '+ c',
      '+ ',
    ]);
    expect(differences('a', 'a\nb')).toEqual(['line 2:', '+ b']);
  });
});
