import { requestStateTexts } from '../request-text.ts';
import type { LookedState } from './in-thread.ts';

/** A look sees other steps than the probe does. */
const stateTexts: Readonly<Record<LookedState, string>> = {
  ...requestStateTexts,
  created: 'had no connection yet',
  securing: 'was in its TLS handshake',
};

export function stateText(state: LookedState): string {
  return stateTexts[state];
}
