import { describe, expect, it } from '@jest/globals';
import pg, { Client } from 'pg';
import { withCapturedClient } from './captured-client.js';

/** As pg-listen finds it. */
const held: { Client: typeof Client } = pg;

describe('The client that somebody else makes', () => {
  it('is handed over beside what was made, as the client that it would have been', () => {
    const { made, client } = withCapturedClient(
      () => new held.Client({ host: 'db.example' }),
    );
    expect(client).toBe(made);
    expect(made).toBeInstanceOf(Client);
    expect(made.host).toBe('db.example');
  });

  it('is none where none was made', () => {
    expect(withCapturedClient(() => 7)).toEqual({ made: 7, client: undefined });
  });

  it('leaves the class as it was, also where nothing could be made', () => {
    const refuse = () => {
      expect(held.Client).not.toBe(Client);
      throw new Error('refused');
    };
    expect(() => withCapturedClient(refuse)).toThrow('refused');
    expect(held.Client).toBe(Client);
  });

  it('is not captured where the class cannot be replaced, and made all the same', () => {
    Object.defineProperty(pg, 'Client', { writable: false });
    try {
      const { made, client } = withCapturedClient(() => new held.Client());
      expect(made).toBeInstanceOf(Client);
      expect(client).toBeUndefined();
    } finally {
      Object.defineProperty(pg, 'Client', { writable: true });
    }
  });
});
