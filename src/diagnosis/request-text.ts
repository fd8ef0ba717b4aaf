import type { RequestSummary } from '../model/finding.ts';
import type { RequestState } from './record.ts';

export function requestText({
  method,
  path,
  origin,
}: Pick<RequestSummary, 'method' | 'path' | 'origin'>): string {
  return `${method} ${path} to ${origin}`;
}

/** How far a request had come, as the rest of a sentence that begins with it. */
export const requestStateTexts: Readonly<Record<RequestState, string>> = {
  created: 'had not been sent',
  queued: 'waited in the client’s queue and had been given no connection',
  resolving: 'waited for the DNS lookup of its host',
  connecting: 'was still connecting',
  unfinished: 'had not been finished by the program (its end() was not called)',
  sending: 'was being sent',
  sent: 'had been sent and waited for a response',
  body: 'had its response’s headers and waited for the rest of the body',
  'body-unread': 'had its response, whose body nobody reads',
  'body-held': 'had its response, but the program reads no more of its body',
};
