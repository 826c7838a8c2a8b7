import { describe, expect, it } from '@jest/globals';
import { deskUrl } from './desk-url.js';

const PATH = 'options=-c%20search_path%3Dpostamt_demo_desk';

describe('deskUrl', () => {
  it.each([
    ['postgres://u:p@h:1/d', `postgres://u:p@h:1/d?${PATH}`],
    ['postgresql://u@/d?host=%2Fs', `postgresql://u@/d?host=%2Fs&${PATH}`],
    [
      'postgres://h/d?options=-c%20a%3D1',
      'postgres://h/d?options=-c%20a%3D1%20-c%20search_path%3Dpostamt_demo_desk',
    ],
  ])('has the sessions of %s find the tables of the desk', (given, made) => {
    expect(deskUrl(given)).toBe(made);
  });

  it('refuses what is no URL', () => {
    expect(() => deskUrl('desk')).toThrow(/DATABASE_URL is no URL/);
  });
});
