import { describe, expect, it } from '@jest/globals';
import { silentLogger } from '#kernel';
import { traceHeaders, withTrace, type TraceContext } from './trace-headers.js';

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

function traced(carrier: Record<string, unknown>) {
  const logged: object[] = [];
  const inject: TraceContext = (given) => void Object.assign(given, carrier);
  const logger = {
    ...silentLogger,
    debug: (fields: object) => void logged.push(fields),
  };
  return { headers: traceHeaders(inject, logger), logged };
}

describe('the headers of a trace', () => {
  it.each([
    ['version 00', PARENT],
    ['a later version, which may say more', `cc${PARENT.slice(2)}-what-comes`],
  ])('are those of %s', (_, traceparent) => {
    const carrier = { traceparent, tracestate: 'a=1', baggage: 'b=2' };
    expect(traced(carrier)).toEqual({ headers: carrier, logged: [] });
  });

  it.each([
    ['another version 00 that says more', `${PARENT}-more`],
    ['version ff', `ff${PARENT.slice(2)}`],
    ['capitals', PARENT.toUpperCase()],
    ['a trace id of zeros', PARENT.replace(/-.{32}-/, `-${'0'.repeat(32)}-`)],
    ['a parent id of zeros', PARENT.replace(/-.{16}-/, `-${'0'.repeat(16)}-`)],
    ['words', 'yes'],
    ['nothing', ''],
    ['no text', 7],
  ])(
    'leave out a traceparent of %s, with its state, and log that',
    (_, traceparent) => {
      const carrier = { traceparent, tracestate: 'a=1', baggage: 'b=2' };
      const { headers, logged } = traced(carrier);
      expect(headers).toEqual({ baggage: 'b=2' });
      expect(logged).toEqual([{ carrier }]);
    },
  );

  it('leave out what is no header', () => {
    const carrier = {
      id: 'x',
      'a\0b': 'x',
      lone: '\ud800',
      number: 7,
      fine: 'x',
    };
    expect(traced(carrier).headers).toEqual({ fine: 'x' });
  });

  it('are none when the tracer throws', () => {
    const boom: TraceContext = () => {
      throw new Error('boom');
    };
    expect(traceHeaders(boom, silentLogger)).toEqual({});
  });

  it('stand behind those that the event has itself, whose traceparent goes with its own state', () => {
    const trace = { traceparent: PARENT, tracestate: 'a=1', baggage: 'b=2' };
    expect(withTrace({ baggage: 'mine' }, trace)).toEqual({
      ...trace,
      baggage: 'mine',
    });
    expect(withTrace({ traceparent: 'mine' }, trace)).toEqual({
      traceparent: 'mine',
      baggage: 'b=2',
    });
  });
});
