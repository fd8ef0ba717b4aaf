import { UsageError } from '../errors.ts';
import { protectSecret } from './redact.ts';

const whereToFind = 'copy the bot token (xoxb-…) from the app’s "OAuth & Permissions" page';

/** Kinds of token that Slack issues and that cannot post a message as a bot. */
const wrongKinds: readonly (readonly [prefix: string, kind: string])[] = [
  ['xapp-', 'an app-level token, which is for Socket Mode'],
  ['xoxe-', 'a refresh token'],
  ['xoxc-', 'a browser’s token, which needs its cookie'],
  ['xoxd-', 'a browser’s cookie'],
];

/**
 * A token fit for a header, protected from output from here on.
 * @throws UsageError that names where the token came from and never the token.
 */
export function acceptToken(raw: string, from: string): string {
  protectSecret(raw);
  const token = raw.trim();
  if (token === '') throw new UsageError(`no token in ${from}`, 'it is empty', whereToFind);
  // A line break or a space inside would end up in an error about the header, with the token in it.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new UsageError(
      `bad token in ${from}`,
      'a token is one word of ASCII letters, digits and dashes',
      'look for a space, a quote or a second line',
    );
  }
  const wrong = wrongKinds.find(([prefix]) => token.startsWith(prefix));
  if (wrong !== undefined)
    throw new UsageError(`the token in ${from} cannot post`, `it is ${wrong[1]}`, whereToFind);
  return token;
}

/** What the tool's own messages to its own emulator carry. */
export const emulatorToken = 'xoxb-test-token';
