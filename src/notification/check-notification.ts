import { checkBlocks } from './check-blocks.ts';
import { limits } from './limits.ts';
import type { Button, Notification } from './notification.ts';
import { type Metadata, ownPayloadKeys, type Presentation } from './presentation.ts';
import { type Problem, tooLong, tooMany } from './problem.ts';

/**
 * What Slack would refuse in this notification, found before it is sent; empty when there is nothing.
 * A plain text costs a few comparisons, so a sender may ask on every notification.
 */
export function checkNotification(notification: Notification): readonly Problem[] {
  const { text, blocks, attachments, buttons, threadTs, presentation, metadata } = notification;
  return [
    ...tooLong('text', text, limits.text),
    ...(presentation === undefined ? [] : checkPresentation(presentation, notification)),
    ...(metadata === undefined ? [] : checkMetadata(metadata)),
    ...(text === '' && isEmpty(blocks) && isEmpty(attachments) && (presentation?.markdownText ?? '') === ''
      ? [
          {
            field: 'text',
            problem: 'is empty and there are no blocks or attachments',
            remedy: 'give it a text',
          },
        ]
      : []),
    ...(threadTs === undefined ? [] : checkThreadTs(threadTs)),
    ...(blocks === undefined ? [] : checkBlocks(blocks)),
    ...(attachments === undefined ? [] : tooMany('attachments', attachments, limits.attachments)),
    ...(buttons === undefined ? [] : checkButtons(buttons, blocks?.length ?? 1)),
  ];
}

/** https://docs.slack.dev/reference/methods/chat.postMessage#errors: markdown_text_conflict. */
function checkPresentation(
  { markdownText, replyBroadcast }: Presentation,
  { text, blocks, buttons, threadTs }: Notification,
): readonly Problem[] {
  const others = [
    text === '' ? '' : 'text',
    isEmpty(blocks) ? '' : 'blocks',
    isEmpty(buttons) ? '' : 'buttons',
  ];
  const conflict = others.filter((name) => name !== '').join(', ');
  return [
    ...tooLong('markdown_text', markdownText, limits.markdown),
    ...(markdownText === undefined || conflict === ''
      ? []
      : [
          {
            field: 'markdown_text',
            problem: `stands beside ${conflict}`,
            remedy: 'give one or the other',
          },
        ]),
    ...(replyBroadcast === true && threadTs === undefined
      ? [
          {
            field: 'reply_broadcast',
            problem: 'is set without thread_ts',
            remedy: 'name the thread, or leave it out',
          },
        ]
      : []),
  ];
}

function checkMetadata({ event_type: type, event_payload: payload }: Metadata): readonly Problem[] {
  const taken = ownPayloadKeys.filter((key) => Object.hasOwn(payload, key));
  return [
    ...(type === '' ? [{ field: 'metadata.event_type', problem: 'is empty', remedy: 'give it a name' }] : []),
    ...taken.map((key) => ({
      field: `metadata.event_payload.${key}`,
      problem: 'is a key that timer-notify writes itself',
      remedy: 'give yours another name',
    })),
  ];
}

function isEmpty(list: readonly unknown[] | undefined): boolean {
  return list === undefined || list.length === 0;
}

function checkThreadTs(threadTs: string): readonly Problem[] {
  if (/^\d+\.\d+$/.test(threadTs)) return [];
  return [
    {
      field: 'thread_ts',
      problem: `is "${threadTs.slice(0, 40)}", no message timestamp`,
      remedy: 'use the parent’s ts as Slack gave it, for example 1503435956.000247',
    },
  ];
}

function checkButtons(buttons: readonly Button[], blocksAbove: number): readonly Problem[] {
  const actionIds = new Set<string>();
  return [
    ...tooMany('buttons', buttons, limits.actionsElements),
    ...(buttons.length > 0 && blocksAbove >= limits.blocks
      ? [
          {
            field: 'buttons',
            problem: `need a block of their own in addition to ${blocksAbove} blocks; Slack takes at most ${limits.blocks}`,
            remedy: 'send fewer blocks',
          },
        ]
      : []),
    ...buttons.flatMap((button, index) => checkButton(`buttons[${index}]`, button, actionIds)),
  ];
}

function checkButton(field: string, button: Button, actionIds: Set<string>): readonly Problem[] {
  const repeated = actionIds.has(button.actionId);
  actionIds.add(button.actionId);
  return [
    ...(button.text === ''
      ? [{ field: `${field}.text`, problem: 'is empty', remedy: 'give it a text' }]
      : []),
    ...tooLong(`${field}.text`, button.text, limits.buttonText),
    ...tooLong(`${field}.action_id`, button.actionId, limits.actionId),
    ...(repeated
      ? [
          {
            field: `${field}.action_id`,
            problem: `"${button.actionId}" is already used in this message`,
            remedy: 'give each button an action_id of its own',
          },
        ]
      : []),
    ...tooLong(`${field}.value`, button.value, limits.buttonValue),
    ...tooLong(`${field}.url`, button.url, limits.buttonUrl),
  ];
}
