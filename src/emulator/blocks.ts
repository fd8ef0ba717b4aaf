import { isObject, type JsonObject } from '../json-object.ts';
import { limits } from '../notification/limits.ts';
import { checkList, checkString, checkText, type Report } from './block-checks.ts';
import { checkElement, checkImage } from './block-elements.ts';
import { checkAlert, checkCard, checkCarousel, checkPlan, checkTask } from './block-structures.ts';

/**
 * What Slack's block validator says, in its own words, each with a JSON pointer; empty when the blocks are good.
 * Limits: the Block Kit reference, https://docs.slack.dev/reference/block-kit/blocks. What isn't listed is let through.
 */
export function blockErrors(blocks: readonly unknown[], most: number = limits.blocks): readonly string[] {
  const errors: string[] = [];
  const report = (what: string, pointer: string) => errors.push(`[ERROR] ${what} [json-pointer:${pointer}]`);
  if (blocks.length > most) report(`no more than ${most} items allowed`, '/blocks');
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
      checkText(block.text, { limit: limits.header, plain: true }, `${at}/text`, report);
      break;
    case 'context':
      for (const [index, element] of checkList(
        block.elements,
        limits.contextElements,
        `${at}/elements`,
        report,
      ).entries())
        checkElement(element, 'context', `${at}/elements/${index}`, report);
      break;
    case 'actions':
      checkActions(block.elements, `${at}/elements`, report);
      break;
    case 'image':
      checkImage(block, at, report);
      break;
    case 'input':
      checkInput(block, at, report);
      break;
    case 'video':
      checkVideo(block, at, report);
      break;
    case 'table':
      checkTable(block.rows, `${at}/rows`, report);
      break;
    case 'rich_text':
      checkList(block.elements, Number.POSITIVE_INFINITY, `${at}/elements`, report);
      break;
    case 'context_actions':
      for (const [index, element] of checkList(
        block.elements,
        limits.contextActions,
        `${at}/elements`,
        report,
      ).entries())
        checkElement(element, 'context_actions', `${at}/elements/${index}`, report);
      break;
    case 'alert':
      checkAlert(block, at, report);
      break;
    case 'card':
      checkCard(block, at, report);
      break;
    case 'carousel':
      checkCarousel(block.elements, `${at}/elements`, report);
      break;
    case 'task_card':
      checkTask(block, at, report);
      break;
    case 'plan':
      checkPlan(block, at, report);
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
  if (text !== undefined) checkText(text, { limit: limits.textObject }, `${at}/text`, report);
  if (fields !== undefined) {
    for (const [index, field] of checkList(fields, limits.sectionFields, `${at}/fields`, report).entries()) {
      checkText(field, { limit: limits.sectionField }, `${at}/fields/${index}`, report);
    }
  }
  if (accessory !== undefined) checkElement(accessory, 'section', `${at}/accessory`, report);
}

function checkActions(elements: unknown, at: string, report: Report): void {
  const actionIds = new Set<string>();
  for (const [index, element] of checkList(elements, limits.actionsElements, at, report).entries()) {
    checkElement(element, 'actions', `${at}/${index}`, report);
    const id = isObject(element) ? element.action_id : undefined;
    if (typeof id !== 'string') continue;
    if (actionIds.has(id)) report(`action_id must be unique: ${id}`, `${at}/${index}/action_id`);
    actionIds.add(id);
  }
}

/** https://docs.slack.dev/reference/block-kit/blocks/input-block */
function checkInput({ label, element, hint }: JsonObject, at: string, report: Report): void {
  checkText(label, { limit: limits.inputLabel, plain: true }, `${at}/label`, report);
  checkElement(element, 'input', `${at}/element`, report);
  if (hint !== undefined) checkText(hint, { limit: limits.inputLabel, plain: true }, `${at}/hint`, report);
}

/** https://docs.slack.dev/reference/block-kit/blocks/video-block */
function checkVideo(block: JsonObject, at: string, report: Report): void {
  checkText(block.title, { limit: limits.videoTitle, plain: true }, `${at}/title`, report);
  for (const field of ['alt_text', 'thumbnail_url', 'video_url'])
    checkString(block[field], limits.imageUrl, `${at}/${field}`, report, 'required');
}

/** https://docs.slack.dev/reference/block-kit/blocks/table-block */
function checkTable(rows: unknown, at: string, report: Report): void {
  for (const [index, row] of checkList(rows, limits.tableRows, at, report).entries())
    checkList(row, limits.tableCells, `${at}/${index}`, report);
}
