import { DemoFailure } from './demo-failure.js';
import { DESK_SCHEMA } from './schemas.js';

/**
 * A connection string whose sessions find the desk's tables by their bare names.
 *
 * @throws DemoFailure for what is no URL
 */
export function deskUrl(connectionString: string): string {
  if (!/^postgres(ql)?:\/\//.test(connectionString))
    throw new DemoFailure(
      'DATABASE_URL is no URL: give postgres://user:password@host:port/database',
    );
  const [address = '', query = ''] = connectionString.split('?', 2);
  const parameters = new URLSearchParams(query);
  const given = parameters.get('options') ?? '';
  parameters.set('options', `${given} -c search_path=${DESK_SCHEMA}`.trim());
  // A plus is not read as a space everywhere.
  return `${address}?${String(parameters).replaceAll('+', '%20')}`;
}
