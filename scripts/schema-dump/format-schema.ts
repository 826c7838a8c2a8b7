import type { Column, Schema, Table } from './schema.ts';

const HEAD = `-- The schema as the migrations leave it, for reading: \`npm run dump:schema\` writes it, \`npm run check:schema\` compares.
-- The leaves of the log (log_<topic number>_<segment number>) are made with their topics: libs/log/src/leaf.ts.`;

/** The text of a dump. */
export function formatSchema(schemaName: string, schema: Schema): string {
  const { functions, sequences, tables, views } = schema;
  return `${[
    HEAD,
    `create schema ${schemaName};`,
    ...sequences.map(
      ({ name, options }) =>
        `create sequence ${schemaName}.${name} ${options};`,
    ),
    ...functions.map((definition) => `${trimmed(definition)};`),
    ...tables.map((table) => formatTable(schemaName, table)),
    ...views.map(
      ({ name, query }) =>
        `create view ${schemaName}.${name} as\n${trimmed(query)}`,
    ),
  ].join('\n\n')}\n`;
}

function formatTable(schemaName: string, table: Table): string {
  const parts = [...table.columns.map(formatColumn), ...table.constraints];
  const body = parts.map((part) => `  ${part}`).join(',\n');
  return [
    `create table ${schemaName}.${table.name} (\n${body}\n)${table.partitionedBy && ` partition by ${table.partitionedBy}`};`,
    ...table.parts.map((part) => formatPart(schemaName, table, part)),
    ...table.indexes.map((index) => `${index};`),
  ].join('\n\n');
}

function formatPart(schemaName: string, table: Table, part: string): string {
  const [name = '', bounds] = part.split(/ (.*)/s);
  return `create table ${schemaName}.${name} partition of ${schemaName}.${table.name} ${bounds};`;
}

function formatColumn(column: Column): string {
  return [
    column.name,
    column.type,
    column.storage && `storage ${column.storage}`,
    column.origin,
    column.notNull && 'not null',
  ]
    .filter(Boolean)
    .join(' ');
}

function trimmed(text: string): string {
  return text.replaceAll(/[ \t]+$/gm, '').trim();
}
