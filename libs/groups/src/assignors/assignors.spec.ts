import { describe, expect, it } from '@jest/globals';
import { ASSIGNORS, assignorOf } from './assignors.js';
import { stickyAssignor } from './sticky-assignor.js';

describe('assignorOf', () => {
  it("finds the assignors under Kafka's names", () => {
    expect([...ASSIGNORS.keys()]).toEqual(['sticky', 'range', 'roundrobin']);
    expect(assignorOf('sticky')).toBe(stickyAssignor);
    for (const [name, assignor] of ASSIGNORS) expect(assignor.name).toBe(name);
  });

  it('refuses a name that there is not, and says which there are', () => {
    expect(() => assignorOf('uniform')).toThrow(
      expect.objectContaining({
        code: 'UNSUPPORTED_ASSIGNOR',
        message: expect.stringContaining('sticky, range, roundrobin'),
      }),
    );
  });
});
