// The relay as a process of its own: moves committed outbox events into their topics, keeps the log in order, and serves
// its health.
// Environment: DATABASE_URL, POSTAMT_SCHEMA, POSTAMT_RELAY_ID, POSTAMT_MAINTENANCE, HOST, PORT (settings.ts says what
// each is); POSTAMT_SINK, and KAFKA_… for a relay to Kafka (sink-settings.ts).
import { pino } from 'pino';
import { errorCodeOf } from '#postgres';
import { openSink } from './open-sink.js';
import { RelayProcess } from './relay-process.js';
import { readSettings } from './settings.js';

const logger = pino({ name: 'postamt-relay' });
const stopping = new AbortController();

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(1);
    stopping.abort();
  });
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (err) => {
    logger.fatal({ err }, `the relay ends: ${event}`);
    process.exit(1);
  });
}

try {
  const settings = readSettings(process.env);
  const sink = await openSink(settings.kafka);
  await new RelayProcess(settings, logger, sink).run(stopping.signal);
} catch (error) {
  const words = error instanceof Error ? error.message : String(error);
  process.stderr.write(`postamt-relay: ${errorCodeOf(error)}: ${words}\n`);
  process.exitCode = 1;
}
