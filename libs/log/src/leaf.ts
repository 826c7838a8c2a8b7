/** The table of one segment of one topic. Topic names never become identifiers. */
export function leafName(topicNumber: number, segmentNumber: number): string {
  return `log_${topicNumber}_${segmentNumber}`;
}

/**
 * The DDL of a leaf. A row is a record batch as its producer made it; nothing is ever updated.
 *
 * The key is the last fence against an appender that read a stale head: it draws a base offset that stands already.
 * `storage external`: batches come compressed, or not worth it, and the server reads slices and lengths without
 * unpacking. Freezing is left to autovacuum until segments are sealed.
 */
export function leafDdl(schema: string, leaf: string): string {
  return `
    create table ${schema}.${leaf} (
      partition_id int not null,
      base_offset bigint not null,
      last_offset bigint not null,
      leader_epoch int not null,
      record_count int not null,
      max_timestamp bigint not null,
      attributes smallint not null,
      producer_id bigint not null,
      producer_epoch smallint not null,
      base_sequence int not null,
      batch bytea not null,
      constraint ${leaf}_pkey primary key (partition_id, base_offset),
      constraint ${leaf}_last_offset_check check (last_offset >= base_offset)
    ) with (fillfactor = 100);
    alter table ${schema}.${leaf} alter column batch set storage external;
    create index ${leaf}_producer_idx on ${schema}.${leaf} (partition_id, producer_id, base_offset)
      where producer_id >= 0;
  `;
}
