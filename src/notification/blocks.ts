import { limits } from './limits.ts';
import type { Button, Notification, SlackObject } from './notification.ts';

/** The blocks to send: the notification's own, and its buttons as an actions block below them. */
export function blocksOf(notification: Notification): readonly SlackObject[] | undefined {
  const { blocks, buttons } = notification;
  if (buttons === undefined || buttons.length === 0) return blocks;
  // With blocks, `text` is only the fallback of a screen reader, so buttons need the text as a block.
  return [
    ...(blocks ?? sectionsOf(notification.text)),
    { type: 'actions', elements: buttons.map(elementOf) },
  ];
}

function sectionsOf(text: string): readonly SlackObject[] {
  return splitText(text).map((part) => ({ type: 'section', text: { type: 'mrkdwn', text: part } }));
}

/** Parts within a section's limit, cut at a line or word where there is one, never inside a character. */
function splitText(text: string): readonly string[] {
  const parts: string[] = [];
  let rest = text;
  while (rest.length > limits.textObject) {
    const end = cutBefore(rest, limits.textObject);
    parts.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return rest.trim() === '' ? parts : [...parts, rest];
}

function cutBefore(text: string, limit: number): number {
  const half = limit / 2;
  for (const separator of ['\n', ' ']) {
    const at = text.lastIndexOf(separator, limit - 1);
    if (at > half) return at + 1;
  }
  const code = text.charCodeAt(limit - 1);
  return code >= 0xd800 && code <= 0xdbff ? limit - 1 : limit;
}

function elementOf(button: Button): SlackObject {
  return {
    type: 'button',
    text: { type: 'plain_text', text: button.text, emoji: true },
    action_id: button.actionId,
    ...(button.value === undefined ? {} : { value: button.value }),
    ...(button.url === undefined ? {} : { url: button.url }),
    ...(button.style === undefined ? {} : { style: button.style }),
  };
}
