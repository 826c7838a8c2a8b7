-- The relay that reads events from the WAL (CDC mode): how far it is, and what it gave to the outbox's table.

-- How far the events of a replication slot are in the log: the COMMIT of the last transaction that was moved. Appended by
-- the move, in its transaction; the greatest number counts. Two relays that read the same transactions, one of them cut
-- off from the slot in the middle of a move, meet in the primary key.
create table :schema.outbox_cdc_positions (
  slot text not null,
  number bigint not null,
  lsn pg_lsn not null,
  -- Positions mean nothing on another server.
  incarnation bigint not null,
  relay text not null,
  moved_at timestamptz not null default now(),
  constraint outbox_cdc_positions_pkey primary key (slot, number)
);

-- Keys whose events a relay of this slot writes into outbox_events, where they can be parked: one of them was refused,
-- and those after it have to stay behind it.
create table :schema.outbox_cdc_detours (
  slot text not null,
  topic_number int not null,
  -- The SHA-256 of the key.
  lane bytea not null,
  key bytea not null,
  since timestamptz not null default now(),
  constraint outbox_cdc_detours_pkey primary key (slot, topic_number, lane)
);
