import { protocolErrors } from '@platformatic/kafka';
import { describe, expect, it } from '@jest/globals';
import { kafkaError, refusesEvent } from './kafka-error.js';

function codeOf(name: string): number {
  return protocolErrors[name]?.code as number;
}

describe('kafkaError', () => {
  it.each([
    ['MESSAGE_TOO_LARGE', 'MESSAGE_TOO_LARGE'],
    ['RECORD_LIST_TOO_LARGE', 'MESSAGE_TOO_LARGE'],
    ['UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['INVALID_TOPIC_EXCEPTION', 'INVALID_TOPIC_EXCEPTION'],
    ['TOPIC_AUTHORIZATION_FAILED', 'TOPIC_AUTHORIZATION_FAILED'],
    ['INVALID_RECORD', 'INVALID_RECORD'],
    ['INVALID_TIMESTAMP', 'INVALID_TIMESTAMP'],
  ])('refuses an event for %s', (name, code) => {
    expect(refusesEvent(codeOf(name))).toBe(true);
    expect(kafkaError(codeOf(name), 'take it').code).toBe(code);
  });

  it.each([
    ['INVALID_PRODUCER_EPOCH', 'PRODUCER_FENCED', true],
    ['PRODUCER_FENCED', 'PRODUCER_FENCED', true],
    ['NOT_LEADER_OR_FOLLOWER', 'NOT_LEADER_OR_FOLLOWER', true],
    ['LEADER_NOT_AVAILABLE', 'NOT_LEADER_OR_FOLLOWER', true],
    ['NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS', true],
    ['REQUEST_TIMED_OUT', 'TIMED_OUT', true],
    ['INVALID_TXN_STATE', 'TRANSACTION_ROLLED_BACK', true],
    ['COORDINATOR_NOT_AVAILABLE', 'NETWORK_EXCEPTION', true],
    ['GROUP_AUTHORIZATION_FAILED', 'INVALID_CONFIG', false],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'INVALID_CONFIG', false],
  ])('fails the shipment for %s as %s', (name, code, retriable) => {
    expect(refusesEvent(codeOf(name))).toBe(false);
    const error = kafkaError(codeOf(name), 'take it');
    expect(error).toMatchObject({ code, retriable });
    expect(error.message).toContain(`Kafka did not take it: ${name}`);
  });

  it('has words for a code that the client does not know', () => {
    expect(kafkaError(32_000, 'take it')).toMatchObject({
      code: 'NETWORK_EXCEPTION',
      message: 'Kafka did not take it: error 32000.',
    });
  });
});
