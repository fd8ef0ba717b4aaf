import { expect, it } from 'vitest';
import { Rounds } from '../../../src/diagnosis/node/rounds.ts';

/** `b` begins a round, `s` sends. */
function leads(what: string): boolean {
  const rounds = new Rounds();
  for (const one of what) one === 'b' ? rounds.begin() : rounds.send();
  return rounds.lead;
}

it.each([
  ['one has sent', 'bsb', false],
  ['one has sent, several times', 'bsssb', false],
  ['two have', 'bsbsb', true],
  ['the next begins before this one sends', 'bbsbs', true],
  ['the first one sent, and later ones had nothing to send', 'bsbbbb', false],
  ['one had nothing to send', 'bsbsbbsb', false],
  ['none was sent at first', 'bbbsbsb', false],
] as const)('where %s', (_, what, expected) => {
  expect(leads(what)).toBe(expected);
});
