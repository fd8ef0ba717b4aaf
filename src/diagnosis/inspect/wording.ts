import type { LookedState } from './in-thread.ts';
import type { LookedRequest } from './look.ts';

export function requestText({ method, path, origin }: LookedRequest): string {
  return `${method} ${path} to ${origin}`;
}

const stateTexts: Readonly<Record<LookedState, string>> = {
  created: 'had no connection yet',
  queued: 'waited in the client’s queue for a free connection',
  connecting: 'was still connecting',
  securing: 'was in its TLS handshake',
  unfinished: 'had not been finished by the program (its end() was not called)',
  sending: 'was being sent',
  sent: 'had been sent and waited for a reply',
  body: 'had its reply’s headers and waited for the rest of the body',
  'body-unread': 'had its reply, whose body nobody reads',
};

export function stateText(state: LookedState): string {
  return stateTexts[state];
}
