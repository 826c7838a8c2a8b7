import { describe, expect, it } from '@jest/globals';
import { decideSchema } from './schema-version.js';

describe('decideSchema', () => {
  it('finds nothing to do where all is applied', () => {
    const names = ['000001', '000002-breaking'];
    expect(decideSchema(names, names)).toEqual({ pending: [], breaking: [] });
  });

  it('names what is missing, in its order', () => {
    expect(decideSchema(['000001', '000002', '000003'], ['000001'])).toEqual({
      pending: ['000002', '000003'],
      breaking: [],
    });
  });

  it('does not mind a newer migration that breaks nothing', () => {
    expect(decideSchema(['000001'], ['000001', '000002'])).toEqual({
      pending: [],
      breaking: [],
    });
  });

  it('names a newer migration that this version must not work on', () => {
    const applied = ['000001', '000002', '000003-breaking'];
    expect(decideSchema(['000001'], applied).breaking).toEqual([
      '000003-breaking',
    ]);
  });

  it('works on a breaking migration that it knows', () => {
    const applied = ['000001-breaking'];
    expect(decideSchema(applied, applied).breaking).toEqual([]);
  });
});
