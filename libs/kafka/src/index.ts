// kafka: the relay's sink to a cluster of Apache Kafka, or of another broker that speaks its protocol.
// May import: kernel, records, outbox. Home of @platformatic/kafka.
// Words: sink, shipment, delivery (what one shipment is noted as), note, known event (stands in Kafka, not marked yet), refusal.
export { KafkaSink } from './kafka-sink.js';
export type {
  KafkaSasl,
  KafkaSinkOptions,
  SaslMechanism,
} from './kafka-sink-options.js';
