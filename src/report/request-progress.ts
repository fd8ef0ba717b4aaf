import type { RequestSummary } from '../model/finding.ts';
import { showMs } from '../time/show-ms.ts';

/** How far a request had come, in the words of somebody who does not know the states that `--json` names. */
const words: Readonly<Record<string, string>> = {
  created: 'not sent',
  queued: 'still in its client’s queue',
  resolving: 'its host’s name not resolved',
  connecting: 'still connecting',
  unfinished: 'not finished by the program (no end())',
  sending: 'still being sent',
  sent: 'sent, not answered',
  body: 'answered, its body not complete',
  'body-unread': 'answered, its body not read',
  'body-held': 'answered, its body not read to its end',
};

/** `still connecting after 4.58 s`; of one that has ended: `ended after 179 ms`. */
export function requestProgress({ state, ageMs, ended }: RequestSummary, atLeast = ''): string {
  return `${ended === true ? 'ended' : (words[state] ?? state)} after ${atLeast}${showMs(ageMs)}`;
}
