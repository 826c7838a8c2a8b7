import { TestDatabase } from '#testing';

/** Starts one cluster for the whole run, unless POSTAMT_TEST_SERVER names one, and makes the template database in it. */
export default async function globalSetup(): Promise<void> {
  await TestDatabase.prepareTemplate(process.env.POSTAMT_TEST_SERVER ?? '');
}
