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

-- Writes a message of this installation into the WAL, in the transaction of whoever calls it; null, and nothing is
-- written, where the slot is not there or was invalidated: nobody would read it. A slot that is being made has not
-- confirmed anything yet, and does not see the transactions of that time. As a function, since its plan is kept: the look
-- at the slots cost 200 of 300 µs otherwise.
create function :schema.emit_message(slot text, message bytea) returns pg_lsn
language plpgsql volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform from pg_replication_slots as known
  where known.slot_name = emit_message.slot and known.database = current_database()
    and known.confirmed_flush_lsn is not null and known.wal_status <> 'lost';
  if not found then
    return null;
  end if;
  return pg_logical_emit_message(true, ':schema', message);
end
$$;
