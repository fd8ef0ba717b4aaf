import { isObject, type JsonObject } from '../json-object.ts';
import { longText } from '../notification/limits.ts';
import type { MessageContent } from './message.ts';
import type { PostedMessage, Posting } from './response-builders.ts';
import type { Workspace } from './workspace.ts';

/** Where and as whom a message is posted. */
export interface Place {
  readonly channel: string;
  readonly channelName: string | null;
  readonly via: PostedMessage['via'];
  readonly author: JsonObject;
  /** The only one who is to see it; left out, everybody does. */
  readonly visibleTo?: string;
  readonly files?: readonly JsonObject[];
}

/** Slack lets a text be a little longer than the pieces it splits one into: https://github.com/slackapi/java-slack-sdk/issues/704 */
const splitAbove = longText + 40;

/** What a good message does to the workspace: it is posted, in pieces where its text is too long for one. */
export function postingOf(workspace: Workspace, content: MessageContent, place: Place): Posting {
  const { text, blocks, attachments, threadTs, metadata, mrkdwn, broadcast, unfurlLinks, unfurlMedia } =
    content;
  const [first = '', ...rest] = blocks.length === 0 && text.length > splitAbove ? pieces(text) : [text];
  const payload = metadata?.event_payload;
  const message: PostedMessage = {
    ...place,
    author: broadcast ? { ...place.author, subtype: 'thread_broadcast' } : place.author,
    ts: workspace.nextTs(),
    threadTs,
    text: first,
    mrkdwn,
    blocks,
    attachments: rest.length === 0 ? attachments : [],
    metadata,
    editedTs: null,
    reactions: new Map(),
    streaming: null,
    files: place.files ?? [],
    visibleTo: place.visibleTo ?? null,
    unfurlLinks,
    unfurlMedia,
    payload: isObject(payload) ? payload : {},
  };
  const last = rest.length - 1;
  return {
    kind: 'posted',
    message,
    rest: rest.map((piece, index) => ({
      ...message,
      ts: workspace.nextTs(),
      text: piece,
      attachments: index === last ? attachments : [],
    })),
  };
}

function pieces(text: string): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = at + longText;
    // Not between the two halves of one character.
    const whole = /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
    found.push(text.slice(at, whole));
    at = whole;
  }
  return found;
}
