import { keepOffsets } from '#client';
import { lockIdOf, sqlStateOf, type Database, type EngineTx } from '#postgres';
import { versionGroup, versionTable } from './projection-definition.js';

/** A version of a projection: being filled, behind the view, or neither any more. */
export interface ProjectionVersion {
  readonly version: number;
  readonly state: 'building' | 'active' | 'retired';
}

const CANNOT_REPLACE_COLUMNS = '42P16';

/** Keeps others from beginning or switching a version of the projection until the transaction ends. */
export async function lockProjection(
  tx: EngineTx,
  name: string,
): Promise<void> {
  await tx.lock('projection', [lockIdOf(name)]);
}

/** All versions that the projection ever had, the newest first. */
export async function readVersions(
  db: Database | EngineTx,
  name: string,
): Promise<ProjectionVersion[]> {
  const { rows } = await db.query(
    `select version, state from ${db.schema}.projections where name = $1 order by version desc`,
    [name],
  );
  return rows as unknown as ProjectionVersion[];
}

/** The version behind the view, if there is one. */
export function activeVersion(
  versions: readonly ProjectionVersion[],
): number | undefined {
  return versions.find(({ state }) => state === 'active')?.version;
}

/** Adds a version. What its group has committed is kept as long as its table: a part of it would be applied twice. */
export async function insertVersion(
  tx: EngineTx,
  name: string,
  version: ProjectionVersion,
): Promise<void> {
  await tx.query(
    `insert into ${tx.schema}.projections (name, version, state) values ($1, $2, $3)`,
    [name, version.version, version.state],
  );
  await keepOffsets(tx, versionGroup(name, version.version), true);
}

export async function setState(
  tx: EngineTx,
  name: string,
  version: ProjectionVersion,
): Promise<void> {
  await tx.query(
    `update ${tx.schema}.projections set state = $3, changed_at = now() where name = $1 and version = $2`,
    [name, version.version, version.state],
  );
}

/** Drops the table of a version. Its number is not given again: its group has committed offsets under it. */
export async function retireVersion(
  tx: EngineTx,
  name: string,
  version: number,
): Promise<void> {
  await tx.query(`drop table if exists ${versionTable(name, version)}`);
  await setState(tx, name, { version, state: 'retired' });
  await keepOffsets(tx, versionGroup(name, version), false);
}

/**
 * Points the view at the table of a version. A view whose columns differ cannot be replaced: it is dropped and made
 * anew, which takes grants on it along, and is refused by Postgres where other views stand on it.
 */
export async function pointView(
  tx: EngineTx,
  name: string,
  version: number,
): Promise<void> {
  const select = `view ${name} as select * from ${versionTable(name, version)}`;
  await tx.query('savepoint point_view');
  try {
    await tx.query(`create or replace ${select}`);
  } catch (error) {
    if (sqlStateOf(error) !== CANNOT_REPLACE_COLUMNS) throw error;
    await tx.query('rollback to savepoint point_view');
    await tx.query(`drop view ${name}`);
    await tx.query(`create ${select}`);
  }
}
