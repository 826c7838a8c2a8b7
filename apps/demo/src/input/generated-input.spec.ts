import { describe, expect, it } from '@jest/globals';
import { GeneratedInput } from './generated-input.js';
import { IncidentOrder } from './incident-order.js';

describe('GeneratedInput', () => {
  it('makes the same rows of the same seed, and others of another', () => {
    const rows = (seed: number) => [...new GeneratedInput(50, seed).rows()];
    expect(rows(1)).toEqual(rows(1));
    expect(rows(1)).not.toEqual(rows(2));
  });

  it('makes so many incidents, each in its order, of the shape of the real ones', () => {
    const input = new GeneratedInput(2_000, 3);
    const rows = [...input.rows()];
    const order = new IncidentOrder();
    for (const row of rows) order.take(row);
    expect(input.expectedRows).toBe(rows.length);
    expect(new Set(rows.map((row) => row.incidentId)).size).toBe(2_000);
    expect(rows.length / 2_000).toBeGreaterThan(7);
    expect(rows.length / 2_000).toBeLessThan(10);
    expect(rows.some((row) => row.role === null)).toBe(true);
    const at = rows.map((row) => row.at);
    expect(at).toEqual([...at].sort((a, b) => a - b));
  });
});
