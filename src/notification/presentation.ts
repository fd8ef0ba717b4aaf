import type { JsonObject } from '../json-object.ts';

interface Declared {
  /** Its name in Slack. */
  readonly argument: string;
  readonly kind: keyof Kinds;
  readonly help: string;
}

interface Kinds {
  readonly text: string;
  readonly flag: boolean;
}

/**
 * What a message may say beside its content: arguments of chat.postMessage that travel as they are.
 * https://docs.slack.dev/reference/methods/chat.postMessage#arguments
 */
export const presentationFields = {
  markdownText: {
    argument: 'markdown_text',
    kind: 'text',
    help: 'standard Markdown, in place of the text and without blocks or buttons',
  },
  mrkdwn: { argument: 'mrkdwn', kind: 'flag', help: 'read Slack’s markup in the text' },
  replyBroadcast: {
    argument: 'reply_broadcast',
    kind: 'flag',
    help: 'show a reply in the channel too',
  },
  unfurlLinks: { argument: 'unfurl_links', kind: 'flag', help: 'show previews of links to text' },
  unfurlMedia: { argument: 'unfurl_media', kind: 'flag', help: 'show previews of links to media' },
  username: {
    argument: 'username',
    kind: 'text',
    help: 'name to post under; needs the scope chat:write.customize, as the icons do',
  },
  iconEmoji: { argument: 'icon_emoji', kind: 'text', help: 'emoji to post under: :alarm_clock:' },
  iconUrl: { argument: 'icon_url', kind: 'text', help: 'URL of an image to post under' },
} as const satisfies Readonly<Record<string, Declared>>;

type Fields = typeof presentationFields;
export type PresentationName = keyof Fields;

/** By the names that `send` has for them. */
export type Presentation = { readonly [Name in PresentationName]?: Kinds[Fields[Name]['kind']] };

/** A message's own metadata; timer-notify adds its own to the payload. */
export interface Metadata {
  readonly event_type: string;
  readonly event_payload: JsonObject;
}

/** Keys of a payload that timer-notify writes itself. */
export const ownPayloadKeys: readonly string[] = ['id', 'path', 'thread', 'possible_duplicate'];

export const presentationNames: readonly PresentationName[] = Object.keys(presentationFields).filter(
  (name): name is PresentationName => Object.hasOwn(presentationFields, name),
);

/** By Slack's names, for the body of a request. */
export function slackArguments(
  presentation: Presentation,
): Readonly<Record<string, string | boolean | undefined>> {
  return Object.fromEntries(
    presentationNames.map((name) => [presentationFields[name].argument, presentation[name]]),
  );
}

/** What of `values` says how a message is presented; undefined where nothing does. */
export function presentationIn(
  values: { readonly [Name in PresentationName]?: unknown },
): Presentation | undefined {
  const own = Object.fromEntries(
    presentationNames.filter((name) => values[name] !== undefined).map((name) => [name, values[name]]),
  );
  return Object.keys(own).length > 0 && isPresentation(own) ? own : undefined;
}

/** The first value of a wrong type, and what it must be; null where there is none. */
export function wrongPresentation(
  values: {
    readonly [Name in PresentationName]?: unknown;
  },
): { readonly name: PresentationName; readonly type: 'string' | 'boolean' } | null {
  for (const name of presentationNames) {
    const type = presentationFields[name].kind === 'text' ? 'string' : 'boolean';
    if (values[name] !== undefined && typeof values[name] !== type) return { name, type };
  }
  return null;
}

function isPresentation(values: { readonly [Name in PresentationName]?: unknown }): values is Presentation {
  return wrongPresentation(values) === null;
}
