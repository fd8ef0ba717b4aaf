import { describeError } from '../../slack/errors.ts';
import { askSlack, type SlackResponse } from './ask-slack.ts';
import { type Check, type CheckResult, fail, inconclusive, ok, skipped } from './check.ts';
import { liveCheck } from './live.ts';
import type { Surroundings } from './surroundings.ts';
import { webhook } from './webhook.ts';

const noToken = 'no bot token is configured';

const auth: Check = {
  id: 'auth',
  group: 'slack',
  title: 'auth.test',
  async run(surroundings) {
    const response = await surroundings.auth();
    if (response === null) return skipped(noToken);
    if (response.kind === 'unreachable') return slackUnreachable(response.message);
    const { body } = response;
    if (body?.ok === true) return ok(`${text(body.user) ?? 'a bot'} in ${text(body.team) ?? 'a workspace'}`);
    return refused(response);
  },
};

const neededScope = 'chat:write';

const scopes: Check = {
  id: 'scopes',
  group: 'slack',
  title: 'scopes',
  async run(surroundings) {
    const response = await surroundings.auth();
    if (response === null) return skipped(noToken);
    if (response.kind === 'unreachable') return skipped('Slack was not reached');
    if (response.body?.ok !== true) return skipped('the token was not accepted');
    if (response.scopes === null)
      return inconclusive(
        'the response does not list the token’s scopes',
        'look under "OAuth & Permissions"',
      );
    const granted = response.scopes;
    if (granted.includes(neededScope)) return ok(granted.join(', '));
    return fail(
      'rejected-by-slack',
      `${neededScope} is missing; granted: ${granted.length === 0 ? 'none' : granted.join(', ')}`,
      `add ${neededScope} under "OAuth & Permissions", then reinstall the app`,
    );
  },
};

const membership: Check = {
  id: 'membership',
  group: 'slack',
  title: 'channel reachable',
  async run(surroundings) {
    const { target } = surroundings;
    if (target?.kind !== 'bot') return skipped(noToken);
    const channel = surroundings.channel.value;
    if (!/^[CG]/.test(channel)) return skipped('only a channel’s id can be looked up');
    const response = await askSlack({
      baseUrl: target.baseUrl,
      method: 'conversations.info',
      token: target.token,
      params: { channel },
      signal: surroundings.signal,
    });
    if (response.kind === 'unreachable') return slackUnreachable(response.message);
    return response.body?.ok === true
      ? await judgeChannel(response.body.channel, channel, surroundings)
      : unanswered(response);
  },
};

async function judgeChannel(
  found: unknown,
  channel: string,
  { auth: ask }: Surroundings,
): Promise<CheckResult> {
  const isTrue = (key: string) =>
    typeof found === 'object' && found !== null && Reflect.get(found, key) === true;
  if (isTrue('is_archived')) return slackRefusal('is_archived', channel);
  if (isTrue('is_member')) return ok(`the bot is a member of ${channel}`);
  const response = await ask();
  const anyChannel = response?.kind === 'answered' && response.scopes?.includes('chat:write.public') === true;
  if (anyChannel && !isTrue('is_private'))
    return ok(`not a member of ${channel}, but chat:write.public allows it`);
  return slackRefusal('not_in_channel', channel);
}

/** A missing scope hides the channel and says nothing about posting to it. */
function unanswered(response: Answered): CheckResult {
  const code = text(response.body?.error);
  if (code !== 'channel_not_found') {
    return inconclusive(
      `conversations.info answered ${code ?? `HTTP ${response.status}`}`,
      '`timer-notify doctor --live` posts one message and so finds out',
    );
  }
  return slackRefusal(code, 'conversations.info');
}

type Answered = Extract<SlackResponse, { kind: 'answered' }>;

function refused(response: Answered): CheckResult {
  const code = text(response.body?.error);
  if (code !== null) return slackRefusal(code, 'auth.test');
  const cause = response.status === 429 ? 'rate-limited' : 'http-error';
  return fail(
    cause,
    `HTTP ${response.status} instead of Slack’s JSON`,
    'check base_url, and proxies in between',
  );
}

function slackRefusal(code: string, about: string): CheckResult {
  const { meaning, remedy } = describeError(code);
  return fail('rejected-by-slack', `${about}: ${code}, ${meaning}`, remedy);
}

function slackUnreachable(message: string): CheckResult {
  return inconclusive(`Slack was not reached: ${message}`, 'see the network checks');
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export const slackChecks: readonly Check[] = [auth, scopes, membership, webhook, liveCheck];
