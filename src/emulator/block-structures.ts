import { isObject, type JsonObject } from '../json-object.ts';
import { limits } from '../notification/limits.ts';
import { checkList, checkString, checkText, type Report } from './block-checks.ts';
import { checkButton, checkImage } from './block-elements.ts';

/** Blocks that agents send; their limits stand in the types of @slack/types. */

const levels = new Set<unknown>([undefined, 'default', 'info', 'warning', 'error', 'success']);

/** https://docs.slack.dev/reference/block-kit/blocks/alert-block */
export function checkAlert({ text, level }: JsonObject, at: string, report: Report): void {
  checkText(text, { limit: limits.textObject }, `${at}/text`, report);
  if (!levels.has(level)) report('must be a valid enum value', `${at}/level`);
}

/** https://docs.slack.dev/reference/block-kit/blocks/card-block */
export function checkCard(card: JsonObject, at: string, report: Report): void {
  const { hero_image, icon, title, subtitle, body, actions } = card;
  if ([hero_image, title, actions, body].every((part) => part === undefined))
    report('missing required field: title', at);
  for (const [name, image] of Object.entries({ hero_image, icon }))
    if (isObject(image)) checkImage(image, `${at}/${name}`, report);
    else if (image !== undefined) report('must be an object', `${at}/${name}`);
  for (const [name, text] of Object.entries({ title, subtitle }))
    if (text !== undefined) checkText(text, { limit: limits.cardTitle }, `${at}/${name}`, report);
  if (body !== undefined) checkText(body, { limit: limits.cardBody }, `${at}/body`, report);
  if (actions === undefined) return;
  for (const [index, action] of checkList(
    actions,
    limits.actionsElements,
    `${at}/actions`,
    report,
  ).entries()) {
    if (isObject(action) && action.type === 'button') checkButton(action, `${at}/actions/${index}`, report);
    else report('unsupported type', `${at}/actions/${index}/type`);
  }
}

/** https://docs.slack.dev/reference/block-kit/blocks/carousel-block */
export function checkCarousel(cards: unknown, at: string, report: Report): void {
  for (const [index, card] of checkList(cards, limits.carouselCards, at, report).entries()) {
    if (isObject(card) && card.type === 'card') checkCard(card, `${at}/${index}`, report);
    else report('unsupported type', `${at}/${index}/type`);
  }
}

const statuses = new Set<unknown>(['pending', 'in_progress', 'complete', 'error']);

/** https://docs.slack.dev/reference/block-kit/blocks/task-card-block */
export function checkTask({ task_id, title, status }: JsonObject, at: string, report: Report): void {
  checkString(task_id, limits.blockId, `${at}/task_id`, report, 'required');
  checkString(title, limits.textObject, `${at}/title`, report, 'required');
  if (!statuses.has(status)) report('must be a valid enum value', `${at}/status`);
}

/** https://docs.slack.dev/reference/block-kit/blocks/plan-block */
export function checkPlan({ title, tasks }: JsonObject, at: string, report: Report): void {
  checkString(title, limits.textObject, `${at}/title`, report, 'required');
  if (tasks !== undefined && !Array.isArray(tasks)) report('must be an array', `${at}/tasks`);
}
