import { UsageError } from '../errors.ts';
import type { Target } from '../slack/target.ts';
import type { Effective } from './settings.ts';
import { tokenOf } from './token.ts';

export const destinationNames = ['emulator', 'slack', 'webhook'] as const;
export type DestinationName = (typeof destinationNames)[number];

export type Destination =
  | {
      readonly kind: 'emulator' /** Why it is not the real Slack; null when asked for. */;
      readonly because: string | null;
    }
  | { readonly kind: 'slack' | 'webhook'; readonly target: Target };

/**
 * Where a message goes: as asked, else to Slack with the token or webhook there is, else to the emulator.
 * @throws UsageError when the secret that it needs is not there.
 */
export function chooseDestination(asked: DestinationName | undefined, settings: Effective): Destination {
  if (asked === 'emulator') {
    refuseBaseUrl(
      settings,
      'the emulator has an address of its own',
      'leave out --base-url or --to emulator',
    );
    return { kind: 'emulator', because: null };
  }
  if (asked === 'webhook') return webhook(settings);
  const token = tokenOf(settings);
  if (token !== null)
    return { kind: 'slack', target: { kind: 'bot', baseUrl: settings.baseUrl.value, token } };
  if (asked === 'slack') {
    throw new UsageError('no token', '--to slack posts with a bot token', setToken);
  }
  if (settings.webhookUrl.value !== null) return webhook(settings);
  refuseBaseUrl(settings, 'there is no token to post with', `${setToken}; leave it out for a local emulator`);
  return { kind: 'emulator', because: 'there is no SLACK_BOT_TOKEN, --token-file or SLACK_WEBHOOK_URL' };
}

const setToken = 'set SLACK_BOT_TOKEN, or pass --token-file <file> (- reads stdin)';

/** Named for this very message, it must not be passed over. */
function refuseBaseUrl({ baseUrl }: Effective, why: string, remedy: string): void {
  if (baseUrl.source === 'flag') throw new UsageError('--base-url would have no effect', why, remedy);
}

function webhook(settings: Effective): Destination {
  const { value: url } = settings.webhookUrl;
  if (url !== null) {
    refuseBaseUrl(settings, 'a webhook has an address of its own', `${setToken}; or leave --base-url out`);
    return { kind: 'webhook', target: { kind: 'webhook', url } };
  }
  throw new UsageError(
    'no webhook',
    '--to webhook posts to an incoming webhook',
    'set SLACK_WEBHOOK_URL to the webhook’s URL from the app’s settings',
  );
}
