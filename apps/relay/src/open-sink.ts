import { PostamtError } from '#kernel';
import type { KafkaSinkOptions } from '#kafka';
import type { Sink } from '#outbox';

/**
 * The sink for the settings; undefined for the log. The Kafka client is loaded only where it is needed: it is not
 * installed with Postamt.
 *
 * @throws PostamtError INVALID_CONFIG where a setting is not usable or the client is missing
 */
export async function openSink(
  kafka: KafkaSinkOptions | undefined,
): Promise<Sink | undefined> {
  if (!kafka) return undefined;
  const { KafkaSink } = await import('#kafka').catch((error: unknown) => {
    throw missing(error);
  });
  return new KafkaSink(kafka);
}

function missing(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== 'ERR_MODULE_NOT_FOUND') return error;
  return new PostamtError(
    'INVALID_CONFIG',
    'POSTAMT_SINK is kafka, and the Kafka client is not installed: npm install @platformatic/kafka',
    { cause: error },
  );
}
