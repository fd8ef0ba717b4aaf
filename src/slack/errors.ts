import { isFailureCode, lookFirst } from '../failures/failures.ts';

/**
 * What one more attempt may do: `permanent` fails the same way again; `safe-to-retry` was provably not posted;
 * `rate-limited` neither, but has to wait; `ambiguous` may have been posted, so another attempt may post it twice.
 */
export type ErrorClass = 'permanent' | 'safe-to-retry' | 'rate-limited' | 'ambiguous';

/** Slack says that it may return codes which it does not list. */
type UnknownSlackCode = string & { readonly unknownSlackCode: true };

/** A code in Slack's own words, known to this version or not. */
export type SlackErrorCode = keyof typeof table | UnknownSlackCode;

export interface ErrorDescription {
  readonly code: string;
  readonly class: ErrorClass;
  /** One sentence without a full stop. */
  readonly meaning: string;
  /** What the user should do. */
  readonly remedy: string;
  /** False for a code that this version does not know. */
  readonly known: boolean;
}

type Entry = readonly [errorClass: ErrorClass, meaning: string, remedy: string];

const admin = 'ask a workspace admin to allow it, or post to another channel';
const reinstall = 'reinstall the app to the workspace and use its new bot token';
const noSharing = 'leave it out of the message, or post to a channel that is not shared';
const payload = 'correct the payload; `timer-notify send --dry-run` shows it';
const newWebhook = 'create a new incoming webhook in the app’s settings and use its URL';
const encoding = 'check that no proxy rewrites the request, and that base_url points at the Slack API';
const apiUrl = 'check base_url; for Slack it is https://slack.com/api/';

/**
 * Codes of chat.postMessage, auth.test and incoming webhooks.
 * https://docs.slack.dev/reference/methods/chat.postMessage#errors and
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; the classes are this project's judgement.
 */
const table = {
  // Who is asking.
  not_authed: ['permanent', 'no token came with the request', 'set SLACK_BOT_TOKEN'],
  invalid_auth: [
    'permanent',
    'the token is wrong, or this machine’s address is not on the app’s allow list',
    'copy the bot token (xoxb-…) from the app’s "OAuth & Permissions" page again',
  ],
  invalid_token: ['permanent', 'the webhook’s token is wrong', newWebhook],
  account_inactive: ['permanent', 'the token belongs to a deleted user, bot or workspace', reinstall],
  token_revoked: ['permanent', 'the token was revoked', reinstall],
  token_expired: [
    'permanent',
    'the token has expired',
    'refresh it: with token rotation it lives for 12 hours',
  ],
  missing_scope: [
    'permanent',
    'the token lacks a scope',
    'add the needed scope under "OAuth & Permissions", then reinstall the app',
  ],
  not_allowed_token_type: ['permanent', 'this kind of token cannot post', 'use a bot token (xoxb-…)'],
  no_permission: [
    'permanent',
    'the token lacks the permission, or the app is not in the conversation',
    'invite the app to the conversation (/invite @your-app), and check that it has chat:write',
  ],
  access_denied: ['permanent', 'access to the workspace or channel is denied', admin],
  accesslimited: ['permanent', 'access to this method is limited on this network', admin],
  app_access_restricted: ['permanent', 'the app’s access to the workspace is restricted', admin],
  team_access_not_granted: [
    'permanent',
    'the token is not granted access to this workspace',
    'install the app to that workspace',
  ],
  org_login_required: [
    'permanent',
    'the workspace is being moved to an Enterprise organisation',
    'send it again when the move is over',
  ],
  team_added_to_org: [
    'permanent',
    'the workspace is being moved to an Enterprise organisation',
    'send it again when the move is over',
  ],
  two_factor_setup_required: ['permanent', 'the token’s user must set up two-factor login', reinstall],
  enterprise_is_restricted: [
    'permanent',
    'the method cannot be called from an Enterprise organisation',
    admin,
  ],
  ekm_access_denied: ['permanent', 'an admin has suspended posting by encryption keys', admin],
  is_bot: [
    'permanent',
    'a legacy custom bot cannot call this method',
    'create a Slack app and use its bot token (xoxb-…): Slack no longer supports legacy custom bots',
  ],

  // Where to.
  channel_not_found: [
    'permanent',
    'the channel does not exist, or it is private and the bot is not in it',
    'use the channel’s ID (C…) and invite the bot: /invite @your-bot',
  ],
  not_in_channel: [
    'permanent',
    'the bot is not a member of the channel',
    'invite the bot (/invite @your-bot), or add the scope chat:write.public for public channels',
  ],
  is_archived: ['permanent', 'the channel is archived', 'unarchive it, or post to another channel'],
  channel_is_archived: ['permanent', 'the channel is archived', 'unarchive it, or post to another channel'],
  messages_tab_disabled: [
    'permanent',
    'the app’s Messages tab is off',
    'turn it on under "App Home" in the app’s settings',
  ],
  cannot_reply_to_message: [
    'permanent',
    'this message cannot have replies',
    'post without thread_ts, or reply to another message',
  ],
  invalid_thread_ts: [
    'permanent',
    'thread_ts is the timestamp of no message in this channel',
    'use the parent’s ts, as a text and exactly as Slack gave it',
  ],
  team_not_found: [
    'permanent',
    'the workspace was not found',
    'use the channel’s ID (C…) instead of its name',
  ],
  user_not_found: ['permanent', 'the user does not exist', 'use a user ID (U…) of this workspace'],
  restricted_action: ['permanent', 'a workspace preference forbids posting here', admin],
  restricted_action_read_only_channel: ['permanent', 'the channel is read-only', admin],
  restricted_action_thread_only_channel: [
    'permanent',
    'the channel takes replies in threads only',
    'set thread_ts to the parent message',
  ],
  restricted_action_non_threadable_channel: [
    'permanent',
    'the channel takes no replies in threads',
    'post without thread_ts',
  ],
  restricted_action_thread_locked: ['permanent', 'the thread is locked', 'post outside this thread'],
  action_prohibited: ['permanent', 'an admin has restricted this webhook', admin],
  posting_to_general_channel_denied: ['permanent', 'only some members may post to #general', admin],
  team_disabled: ['permanent', 'the webhook’s workspace is disabled', newWebhook],
  no_service: ['permanent', 'the webhook is disabled, removed or mistyped', newWebhook],
  no_service_id: ['permanent', 'the webhook’s URL has no service ID', newWebhook],
  no_active_hooks: ['permanent', 'the webhook is disabled', newWebhook],
  no_team: ['permanent', 'the webhook’s workspace does not exist', newWebhook],

  // What is said.
  no_text: ['permanent', 'the message has no text, blocks or attachments', 'give it a text'],
  missing_text: ['permanent', 'the message has no text', 'give it a text'],
  msg_too_long: ['permanent', 'the text is too long', 'keep the text under 4,000 characters'],
  msg_blocks_too_long: [
    'permanent',
    'the blocks hold too much text in all',
    'keep the blocks’ text under 12,000 characters in all, or send two messages',
  ],
  too_many_attachments: ['permanent', 'the message has too many attachments', 'send at most 100'],
  attachment_payload_limit_exceeded: [
    'permanent',
    'the attachments are too large',
    'send less in attachments',
  ],
  too_many_contact_cards: ['permanent', 'the message has too many contact cards', 'send at most 10'],
  invalid_attachments: ['permanent', 'an attachment is not as Slack defines it', payload],
  invalid_blocks: ['permanent', 'a block is not as Slack defines it', payload],
  invalid_blocks_format: ['permanent', 'the blocks are not a JSON array', payload],
  markdown_text_conflict: ['permanent', 'markdown_text came with text or blocks', 'send only one of them'],
  invalid_metadata_format: ['permanent', 'the metadata is not as Slack defines it', payload],
  invalid_metadata_schema: ['permanent', 'the metadata does not match the app’s schema', payload],
  metadata_too_large: ['permanent', 'the metadata is too large', payload],
  metadata_must_be_sent_from_app: ['permanent', 'only an app’s token may send metadata', 'use a bot token'],
  missing_file_data: ['permanent', 'a file block names a file that is not there', payload],
  as_user_not_supported: ['permanent', 'as_user does not work with this token', payload],
  send_on_behalf_not_allowed: ['permanent', 'the token may not post on behalf of others', payload],
  slack_connect_canvas_sharing_blocked: [
    'permanent',
    'an admin has switched off canvases in Slack Connect channels',
    noSharing,
  ],
  slack_connect_file_link_sharing_blocked: [
    'permanent',
    'an admin has switched off files in Slack Connect channels',
    noSharing,
  ],
  slack_connect_lists_sharing_blocked: [
    'permanent',
    'an admin has switched off lists in Slack Connect channels',
    noSharing,
  ],

  // How it is said.
  invalid_payload: ['permanent', 'the webhook could not read the payload', payload],
  invalid_arguments: ['permanent', 'an argument is not as Slack defines it', payload],
  invalid_arg_name: ['permanent', 'an argument’s name is not as Slack defines it', payload],
  invalid_array_arg: ['permanent', 'an array was passed as an argument in a wrong way', payload],
  invalid_charset: ['permanent', 'the request’s charset is not utf-8', encoding],
  invalid_form_data: ['permanent', 'the request’s form data is damaged', encoding],
  invalid_post_type: ['permanent', 'the request’s content type is not one that Slack takes', encoding],
  missing_post_type: ['permanent', 'the request’s content type was missing', encoding],
  invalid_json: ['permanent', 'the request’s JSON could not be read', encoding],
  json_not_object: ['permanent', 'the request’s JSON is not an object', encoding],
  unknown_method: ['permanent', 'the API does not know this method', apiUrl],
  method_deprecated: ['permanent', 'the method is deprecated', 'update timer-notify'],
  deprecated_endpoint: ['permanent', 'the endpoint is deprecated', 'update timer-notify'],

  // Not now.
  request_timeout: [
    'safe-to-retry',
    'the request’s body was missing or cut short on its way',
    'send it again; if it stays so, check the network and any proxy',
  ],
  ratelimited: ['rate-limited', 'too many messages in a short time', 'send about one a second to a channel'],
  rate_limited: [
    'rate-limited',
    'the app has posted too many messages',
    'wait a while, then send about one a second to a channel',
  ],
  message_limit_exceeded: [
    'rate-limited',
    'the workspace’s members and apps are sending too many messages',
    'wait some minutes, then send about one a second to a channel',
  ],
  service_unavailable: ['ambiguous', 'Slack is unavailable for the moment', lookFirst],
  internal_error: ['ambiguous', 'Slack failed inside; the message may have been posted anyway', lookFirst],
  fatal_error: ['ambiguous', 'Slack failed badly; the message may have been posted anyway', lookFirst],
  rollup_error: ['ambiguous', 'Slack failed in a way it calls strange and unusual', lookFirst],
  duplicate_channel_not_found: ['ambiguous', 'Slack took the message for a duplicate', lookFirst],
  duplicate_message_not_found: ['ambiguous', 'Slack took the message for a duplicate', lookFirst],
} as const satisfies Readonly<Record<string, Entry>>;

/** Every code that is known, for tests and for documentation. */
export const knownErrorCodes: readonly string[] = Object.keys(table);

/** Slack's word for what went wrong; null for what has not the form of one, or is a word of this program. */
export function slackErrorCode(value: unknown): SlackErrorCode | null {
  return isSlackErrorCode(value) ? value : null;
}

function isSlackErrorCode(value: unknown): value is SlackErrorCode {
  return typeof value === 'string' && /^[A-Za-z]\w{0,119}$/.test(value) && !isFailureCode(value);
}

/** Never fails: a code that is not known is taken as permanent. */
export function describeError(code: string): ErrorDescription {
  const entry = isKnown(code) ? table[code] : null;
  if (entry === null) {
    return {
      code,
      class: 'permanent',
      meaning: 'Slack gave a code that this version of timer-notify does not know',
      remedy: 'look it up at https://docs.slack.dev/reference/methods/chat.postMessage#errors',
      known: false,
    };
  }
  const [errorClass, meaning, remedy] = entry;
  return { code, class: errorClass, meaning, remedy, known: true };
}

function isKnown(code: string): code is keyof typeof table {
  return Object.hasOwn(table, code);
}
