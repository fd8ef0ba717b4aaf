import { isObject } from '../json-object.ts';
import { limits } from '../notification/limits.ts';

/**
 * What Slack's block validator says, in its own words, each with a JSON pointer; empty when the blocks are good.
 * Limits: the Block Kit reference, https://docs.slack.dev/reference/block-kit/blocks. What isn't listed is let through.
 */
export function blockErrors(blocks: readonly unknown[]): readonly string[] {
  const errors: string[] = [];
  const report = (what: string, pointer: string) => errors.push(`[ERROR] ${what} [json-pointer:${pointer}]`);
  if (blocks.length > limits.blocks) report(`no more than ${limits.blocks} items allowed`, '/blocks');
  const ids = new Set<string>();
  for (const [index, block] of blocks.entries()) checkBlock(block, `/blocks/${index}`, ids, report);
  return errors;
}

/** Text in all blocks together; Slack's limit is undocumented and lies near 13,200 characters. */
export function textLengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + textLengthOf(item), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, item]) =>
      sum + (key === 'text' && typeof item === 'string' ? item.length : textLengthOf(item)),
    0,
  );
}

type Report = (what: string, pointer: string) => void;

const blockTypes = new Set(
  `actions alert call card carousel condition data_table data_visualization container context context_actions divider file header image input
  markdown plan rich_text section share_shortcut table task_card video`.split(/\s+/),
);

function checkBlock(block: unknown, at: string, ids: Set<string>, report: Report): void {
  if (!isObject(block) || typeof block.type !== 'string') {
    report('missing required field: type', at);
    return;
  }
  if (!blockTypes.has(block.type)) {
    report(`unsupported type: ${block.type}`, `${at}/type`);
    return;
  }
  checkBlockId(block.block_id, at, ids, report);
  switch (block.type) {
    case 'section':
      checkSection(block, at, report);
      break;
    case 'header':
      checkText(block.text, limits.header, `${at}/text`, report);
      break;
    case 'context':
      checkList(block.elements, limits.contextElements, `${at}/elements`, report);
      break;
    case 'actions':
      checkActions(block.elements, `${at}/elements`, report);
      break;
    case 'image':
      checkString(block.alt_text, limits.imageAltText, `${at}/alt_text`, report, 'required');
      checkString(block.image_url, limits.imageUrl, `${at}/image_url`, report);
      break;
    case 'markdown':
      checkString(block.text, limits.markdown, `${at}/text`, report, 'required');
      break;
  }
}

function checkBlockId(id: unknown, at: string, ids: Set<string>, report: Report): void {
  checkString(id, limits.blockId, `${at}/block_id`, report);
  if (typeof id !== 'string') return;
  if (ids.has(id)) report(`block_id must be unique: ${id}`, `${at}/block_id`);
  ids.add(id);
}

function checkSection(block: Readonly<Record<string, unknown>>, at: string, report: Report): void {
  const { text, fields, accessory } = block;
  if (text === undefined && fields === undefined) report('missing required field: text', at);
  if (text !== undefined) checkText(text, limits.textObject, `${at}/text`, report);
  if (fields !== undefined) {
    for (const [index, field] of checkList(fields, limits.sectionFields, `${at}/fields`, report).entries()) {
      checkText(field, limits.sectionField, `${at}/fields/${index}`, report);
    }
  }
  if (accessory !== undefined) checkElement(accessory, `${at}/accessory`, report);
}

function checkActions(elements: unknown, at: string, report: Report): void {
  const actionIds = new Set<string>();
  for (const [index, element] of checkList(elements, limits.actionsElements, at, report).entries()) {
    checkElement(element, `${at}/${index}`, report);
    const id = isObject(element) ? element.action_id : undefined;
    if (typeof id !== 'string') continue;
    if (actionIds.has(id)) report(`action_id must be unique: ${id}`, `${at}/${index}/action_id`);
    actionIds.add(id);
  }
}

function checkElement(element: unknown, at: string, report: Report): void {
  if (!isObject(element) || typeof element.type !== 'string') {
    report('missing required field: type', at);
    return;
  }
  checkString(element.action_id, limits.actionId, `${at}/action_id`, report);
  if (element.type !== 'button') return;
  checkText(element.text, limits.buttonText, `${at}/text`, report);
  checkString(element.value, limits.buttonValue, `${at}/value`, report);
  checkString(element.url, limits.buttonUrl, `${at}/url`, report);
  checkString(
    element.accessibility_label,
    limits.buttonAccessibilityLabel,
    `${at}/accessibility_label`,
    report,
  );
  const style = element.style;
  if (style !== undefined && style !== 'primary' && style !== 'danger') {
    report('must be a valid enum value', `${at}/style`);
  }
  if (isObject(element.confirm)) checkConfirm(element.confirm, `${at}/confirm`, report);
}

function checkConfirm(confirm: Readonly<Record<string, unknown>>, at: string, report: Report): void {
  checkText(confirm.title, limits.confirmTitle, `${at}/title`, report);
  checkText(confirm.text, limits.confirmText, `${at}/text`, report);
  checkText(confirm.confirm, limits.confirmButton, `${at}/confirm`, report);
  checkText(confirm.deny, limits.confirmButton, `${at}/deny`, report);
}

function checkText(value: unknown, limit: number, at: string, report: Report): void {
  if (!isObject(value)) {
    report(value === undefined ? 'missing required field: text' : 'must be an object', at);
    return;
  }
  if (value.type !== 'plain_text' && value.type !== 'mrkdwn') {
    report(`unsupported type: ${String(value.type)}`, `${at}/type`);
  }
  checkString(value.text, limit, `${at}/text`, report, 'required');
}

function checkString(value: unknown, limit: number, at: string, report: Report, need?: 'required'): void {
  if (value === undefined && need === undefined) return;
  if (typeof value !== 'string') report('must be a string', at);
  else if (value.length > limit) report(`must be less than ${limit + 1} characters`, at);
  else if (value === '' && need === 'required') report('must be more than 0 characters', at);
}

function checkList(value: unknown, limit: number, at: string, report: Report): readonly unknown[] {
  if (!Array.isArray(value)) {
    report('must be an array', at);
    return [];
  }
  if (value.length > limit) report(`no more than ${limit} items allowed`, at);
  if (value.length === 0) report('must have at least 1 items', at);
  return value;
}
