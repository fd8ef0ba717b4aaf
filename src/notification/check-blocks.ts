import { isObject } from '../json-object.ts';
import { limits } from './limits.ts';
import type { SlackObject } from './notification.ts';
import { type Problem, tooLong, tooMany } from './problem.ts';

/** What Slack would refuse in these blocks. Block types that are not listed here pass: Slack adds new ones. */
export function checkBlocks(blocks: readonly unknown[]): readonly Problem[] {
  const blockIds = new Set<unknown>();
  return [
    ...tooMany('blocks', blocks, limits.blocks),
    ...blocks.flatMap((block, index) =>
      isObject(block)
        ? [
            ...checkBlock(`blocks[${index}]`, block),
            ...unique(`blocks[${index}].block_id`, block.block_id, blockIds),
          ]
        : [noObject(`blocks[${index}]`)],
    ),
    ...checkMarkdown(blocks.filter(isObject)),
  ];
}

function noObject(field: string): Problem {
  return { field, problem: 'is not an object', remedy: 'write { "type": … }' };
}

function checkBlock(field: string, block: SlackObject): readonly Problem[] {
  return [...tooLong(`${field}.block_id`, block.block_id, limits.blockId), ...checkByType(field, block)];
}

function checkByType(field: string, block: SlackObject): readonly Problem[] {
  switch (block.type) {
    case undefined:
      return [{ field: `${field}.type`, problem: 'is missing', remedy: 'name the block’s type' }];
    case 'section':
      return checkSection(field, block);
    case 'header':
      return checkText(`${field}.text`, block.text, limits.header);
    case 'context':
      return checkElements(field, block, limits.contextElements);
    case 'actions':
      return checkElements(field, block, limits.actionsElements);
    case 'image':
      return checkImage(field, block);
    default:
      return [];
  }
}

function checkSection(field: string, block: SlackObject): readonly Problem[] {
  const fields = listOf(block.fields);
  return [
    ...(block.text === undefined && fields.length === 0
      ? [{ field, problem: 'has neither text nor fields', remedy: 'give the section a text' }]
      : []),
    ...(block.text === undefined ? [] : checkText(`${field}.text`, block.text, limits.textObject)),
    ...tooMany(`${field}.fields`, fields, limits.sectionFields),
    ...fields.flatMap((text, index) => checkText(`${field}.fields[${index}]`, text, limits.sectionField)),
    ...(isObject(block.accessory) ? checkElement(`${field}.accessory`, block.accessory) : []),
  ];
}

function checkElements(field: string, block: SlackObject, limit: number): readonly Problem[] {
  const elements = listOf(block.elements);
  const actionIds = new Set<unknown>();
  return [
    ...(elements.length === 0
      ? [{ field: `${field}.elements`, problem: 'is empty', remedy: 'give it one element or more' }]
      : []),
    ...tooMany(`${field}.elements`, elements, limit),
    ...elements.flatMap((element, index) =>
      isObject(element)
        ? [
            ...checkElement(`${field}.elements[${index}]`, element),
            ...unique(`${field}.elements[${index}].action_id`, element.action_id, actionIds),
          ]
        : [noObject(`${field}.elements[${index}]`)],
    ),
  ];
}

function checkElement(field: string, element: SlackObject): readonly Problem[] {
  if (element.type === 'image') return checkImage(field, element);
  return [
    ...tooLong(`${field}.action_id`, element.action_id, limits.actionId),
    ...(element.type === 'button' ? checkButtonElement(field, element) : []),
    ...(isObject(element.confirm) ? checkConfirm(`${field}.confirm`, element.confirm) : []),
    ...(element.type === 'mrkdwn' || element.type === 'plain_text'
      ? checkText(field, element, limits.textObject)
      : []),
  ];
}

function checkButtonElement(field: string, button: SlackObject): readonly Problem[] {
  return [
    ...checkText(`${field}.text`, button.text, limits.buttonText),
    ...tooLong(`${field}.value`, button.value, limits.buttonValue),
    ...tooLong(`${field}.url`, button.url, limits.buttonUrl),
    ...tooLong(`${field}.accessibility_label`, button.accessibility_label, limits.buttonAccessibilityLabel),
    ...(button.style === undefined || button.style === 'primary' || button.style === 'danger'
      ? []
      : [
          {
            field: `${field}.style`,
            problem: 'is not a style that Slack knows',
            remedy: 'use primary or danger, or leave it out',
          },
        ]),
  ];
}

function checkConfirm(field: string, confirm: SlackObject): readonly Problem[] {
  return [
    ...checkText(`${field}.title`, confirm.title, limits.confirmTitle),
    ...checkText(`${field}.text`, confirm.text, limits.confirmText),
    ...checkText(`${field}.confirm`, confirm.confirm, limits.confirmButton),
    ...checkText(`${field}.deny`, confirm.deny, limits.confirmButton),
  ];
}

function checkImage(field: string, image: SlackObject): readonly Problem[] {
  return [
    ...tooLong(`${field}.image_url`, image.image_url, limits.imageUrl),
    ...tooLong(`${field}.alt_text`, image.alt_text, limits.imageAltText),
    ...(typeof image.alt_text === 'string'
      ? []
      : [{ field: `${field}.alt_text`, problem: 'is missing', remedy: 'say what the picture shows' }]),
  ];
}

/** A text object: `{ type, text }` with 1 to `limit` characters. */
function checkText(field: string, value: unknown, limit: number): readonly Problem[] {
  if (!isObject(value) || typeof value.text !== 'string') {
    return [
      { field, problem: 'is not a text object', remedy: 'write { "type": "plain_text", "text": "…" }' },
    ];
  }
  if (value.text === '') return [{ field: `${field}.text`, problem: 'is empty', remedy: 'give it a text' }];
  return tooLong(`${field}.text`, value.text, limit);
}

function checkMarkdown(blocks: readonly SlackObject[]): readonly Problem[] {
  const total = blocks
    .filter((block) => block.type === 'markdown')
    .reduce((sum, block) => sum + (typeof block.text === 'string' ? block.text.length : 0), 0);
  if (total <= limits.markdown) return [];
  return [
    {
      field: 'blocks',
      problem: `hold ${total} characters of markdown; Slack takes at most ${limits.markdown} in all`,
      remedy: 'shorten it, or send two messages',
    },
  ];
}

function unique(field: string, value: unknown, seen: Set<unknown>): readonly Problem[] {
  if (value === undefined) return [];
  if (seen.has(value)) {
    return [{ field, problem: 'is already used in this message', remedy: 'give each its own' }];
  }
  seen.add(value);
  return [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
