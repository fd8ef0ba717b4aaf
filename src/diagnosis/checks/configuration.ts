import { eachOf } from '../../errors.ts';
import { leftOutText } from '../../model/strategy-in-effect.ts';
import { type Check, fail, ok, skipped, warn } from './check.ts';

const configFile: Check = {
  id: 'config-file',
  group: 'configuration',
  title: 'configuration file',
  run({ file }) {
    if (file.kind === 'absent') return skipped('none; defaults are in effect');
    if (file.kind === 'found') {
      const [doubt] = file.value;
      return doubt === undefined
        ? ok(file.where)
        : warn(`${file.where}; ${doubt}`, 'timer-notify send --print-config shows what is in effect');
    }
    const errors = eachOf(file.error);
    return fail(
      'inconclusive',
      errors.map(({ what, why }) => `${what}: ${why}`).join('; '),
      [...new Set(errors.map(({ remedy }) => remedy))].join('; '),
    );
  },
};

const environment: Check = {
  id: 'environment',
  group: 'configuration',
  title: 'environment variables',
  run({ env, unknownVariables: [unknown] }) {
    const names = Object.keys(env).filter((name) =>
      /^(TIMER_NOTIFY_|SLACK_(BOT_TOKEN|WEBHOOK_URL|API_URL)$)/.test(name),
    );
    if (unknown !== undefined) return warn(`${unknown.what}: ${unknown.why}`, unknown.remedy);
    const empty = names.filter((name) => env[name] === '');
    if (empty.length > 0) {
      return warn(
        `${empty.sort().join(', ')} is empty, as CI passes a secret that is not there`,
        'set it, or do not pass it',
      );
    }
    return names.length === 0 ? skipped('none of ours is set') : ok(names.sort().join(', '));
  },
};

const strategy: Check = {
  id: 'strategy',
  group: 'configuration',
  title: 'delivery strategy',
  run({ file, strategy: inEffect }) {
    if (file.kind !== 'absent' && file.kind !== 'found')
      return skipped('the configuration file can’t be read');
    const { strategy: chosen, because } = inEffect.inRollout;
    const seen = `${chosen} (${because})`;
    if (chosen === 'detached') {
      return warn(
        `${seen}: a request from a thread that parks, blocks or ends is never sent`,
        'remove what switches the fix off, or set delivery.strategy to shared-pool',
      );
    }
    const leftOut = leftOutText(inEffect);
    if (leftOut !== null) return warn(`${seen}; ${leftOut}`, 'raise rollout_percentage to 100');
    return ok(seen);
  },
};

const token: Check = {
  id: 'token',
  group: 'configuration',
  title: 'token',
  run({ token: found, webhook }) {
    if (found.kind === 'bad')
      return fail('inconclusive', `${found.error.what}: ${found.error.why}`, found.error.remedy);
    if (found.kind === 'absent') {
      return skipped(webhook.kind === 'found' ? 'none; the webhook is used' : 'SLACK_BOT_TOKEN is not set');
    }
    if (found.value.startsWith('xoxb-') || found.value.startsWith('xoxe.xoxb-'))
      return ok(`a bot token, from ${found.where}`);
    if (found.value.startsWith('xoxp-') || found.value.startsWith('xoxe.xoxp-')) {
      return warn(
        `a user token, from ${found.where}: messages are posted as that person`,
        'use the bot token (xoxb-…)',
      );
    }
    return warn(`from ${found.where}; it does not look like a Slack token`, 'a bot token starts with xoxb-');
  },
};

/** Channel, user and group ids: https://docs.slack.dev/reference/objects/conversation-object */
const idPattern = /^[CDGU][A-Z0-9]{8,}$/;

const channel: Check = {
  id: 'channel',
  group: 'configuration',
  title: 'channel',
  run({ channel: { value, where }, target }) {
    if (target === null) return skipped('no token or webhook to post with');
    if (target.kind === 'webhook') return ok('the one that the webhook was made for');
    if (idPattern.test(value)) return ok(`${value} (${where})`);
    if (/^#?[\p{Ll}\p{Lo}\p{N}_-]{1,80}$/u.test(value)) {
      return warn(`${value} (${where}): a name, which breaks when the channel is renamed`, 'use its id (C…)');
    }
    return fail(
      'inconclusive',
      `"${value}" (${where}) is neither a channel’s name nor an id`,
      'use the id from the channel’s details, for example C0123456789',
    );
  },
};

export const configurationChecks: readonly Check[] = [configFile, environment, strategy, token, channel];
