import { describe, expect, it } from '@jest/globals';
import { findings } from '../fixtures/findings.js';
import { differences } from './differences.js';

const { states } = findings().fold;

describe('differences', () => {
  it('finds none between equal states, in whatever order they and their keys come', () => {
    expect(differences(findings().readBack.rebuilt, states)).toEqual([]);
  });

  it('names what is missing, what is too much, and what is wrong', () => {
    const [first, second] = states;
    if (!first || !second) throw new Error('two states are expected');
    const strange = { ...second, incidentId: '9-9' };
    const wrong = { ...first, spent: { Queued: 1 } };
    expect(differences([wrong, strange], states)).toEqual([
      '1-1 is ["Completed","Closed",2,1,5,[["Queued",1]]], and should be ["Completed","Closed",2,1,5,[["Accepted",3],["Queued",2]]]',
      '1-2 is missing, and should be ["Completed","Closed",1,1,5,[]]',
      '9-9 is in no row of the input',
    ]);
    expect(differences([first, second, second], states)).toEqual([
      '1 incidents stand there twice',
    ]);
  });
});
