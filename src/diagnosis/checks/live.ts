import { causeOf, remedyFor } from '../../delivery/cause-of-outcome.ts';
import type { SendOutcome } from '../../delivery/outcome.ts';
import { showMs } from '../../time/show-ms.ts';
import { type Check, type CheckResult, fail, inconclusive, ok, skipped } from './check.ts';

export const liveCheck: Check = {
  id: 'live',
  group: 'slack',
  title: 'live message',
  async run({ live, target, channel }) {
    if (live === null) return skipped('--live posts one test message');
    if (target === null) return skipped('no token or webhook is configured');
    const outcome = await live();
    if (outcome === null) return skipped('not wanted');
    return resultOf(outcome, target.kind === 'bot' ? channel.value : 'the webhook’s channel');
  },
};

function resultOf(outcome: SendOutcome, channel: string): CheckResult {
  switch (outcome.status) {
    case 'delivered':
      return ok(`delivered to ${channel} in ${showMs(outcome.durationMs)}`);
    case 'failed':
      return fail(causeOf(outcome), outcome.message, remedyFor(outcome));
    case 'timed-out': {
      const doubt = outcome.ambiguous ? '; it may have been posted anyway' : '';
      return inconclusive(
        `no response in ${showMs(outcome.deadlineMs)}${doubt}`,
        'look in the channel, and at the network checks',
      );
    }
  }
}
