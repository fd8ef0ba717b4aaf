import { createFaultChoice, type FaultChoice } from './fault-choice.ts';
import { parseFault } from './faults.ts';

/**
 * Faults that a request itself asks for, so that each test of a suite can have its own from one server: by a token
 * `xoxb-test-<fault>`, or by a webhook whose last part is one. `first-<n>` counts by token and by webhook.
 */
export interface CalledForFaults {
  /** Null where the request asks for none. */
  of(path: string, authorization: string | undefined): FaultChoice | null;
}

/** Tokens and webhooks come from whoever calls: what is kept of them is bounded. */
const mostKept = 1000;

export function createCalledForFaults(seed: number): CalledForFaults {
  const kept = new Map<string, FaultChoice | null>();
  return {
    of(path, authorization) {
      const name = nameIn(path, authorization);
      if (name === null) return null;
      const known = kept.get(name);
      if (known !== undefined) return known;
      const choice = choiceOf(name.slice(name.indexOf(' ') + 1), seed);
      if (kept.size === mostKept) kept.clear();
      kept.set(name, choice);
      return choice;
    },
  };
}

const webhook = /^\/services\/([^/]+\/[^/]+)\/([^/]+)$/;
const token = /^Bearer\s+(xox[bp])-test-(\S+)\s*$/i;

/** Whose fault it is, then the fault. */
function nameIn(path: string, authorization: string | undefined): string | null {
  const [, owner, fault] = webhook.exec(path) ?? token.exec(authorization ?? '') ?? [];
  return owner === undefined ? null : `${owner} ${fault}`;
}

function choiceOf(spec: string, seed: number): FaultChoice | null {
  try {
    const fault = parseFault(spec);
    return fault.kind === 'refuse' ? null : createFaultChoice([fault], seed);
  } catch {
    // An error code, or any other name.
    return null;
  }
}
