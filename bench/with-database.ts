import { Client } from 'pg';

/** Runs `body` with an empty database of the server, named `name`, that is made for it and dropped behind it. */
export async function withDatabase<Result>(
  serverUrl: string,
  name: string,
  body: (connectionString: string) => Promise<Result>,
): Promise<Result> {
  const admin = new Client({ connectionString: serverUrl });
  await admin.connect();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  try {
    await admin.query(`create database ${name}`);
    return await body(url.href);
  } finally {
    await admin.query(`drop database if exists ${name} with (force)`);
    await admin.end();
  }
}
