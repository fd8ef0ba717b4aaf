import { isObject, type JsonObject } from '../json-object.ts';
import { limits } from '../notification/limits.ts';
import { checkList, checkString, checkText, type Report } from './block-checks.ts';

/** Where an element stands: https://docs.slack.dev/reference/block-kit/block-elements says which may stand where. */
export type Place = 'actions' | 'section' | 'context' | 'context_actions' | 'input';

const selects = ['channels', 'conversations', 'external', 'static', 'users'];
const single = selects.map((kind) => `${kind}_select`);
const multiple = selects.map((kind) => `multi_${kind}_select`);
const choices = ['checkboxes', 'datepicker', 'radio_buttons', 'timepicker'];

const allowed: Readonly<Record<Place, ReadonlySet<string>>> = {
  actions: new Set([...single, ...choices, 'button', 'datetimepicker', 'overflow', 'workflow_button']),
  section: new Set([...single, ...multiple, ...choices, 'button', 'image', 'overflow', 'workflow_button']),
  context: new Set(['image', 'mrkdwn', 'plain_text']),
  context_actions: new Set(['feedback_buttons', 'icon_button']),
  input: new Set([
    ...single,
    ...multiple,
    ...choices,
    'datetimepicker',
    'email_text_input',
    'file_input',
    'number_input',
    'plain_text_input',
    'rich_text_input',
    'url_text_input',
  ]),
};

export function checkElement(element: unknown, place: Place, at: string, report: Report): void {
  if (!isObject(element) || typeof element.type !== 'string') {
    report('missing required field: type', at);
    return;
  }
  const { type } = element;
  if (!allowed[place].has(type)) {
    report(`unsupported type: ${type}`, `${at}/type`);
    return;
  }
  checkString(element.action_id, limits.actionId, `${at}/action_id`, report);
  if (element.placeholder !== undefined)
    checkText(element.placeholder, { limit: limits.placeholder, plain: true }, `${at}/placeholder`, report);
  if (isObject(element.confirm)) checkConfirm(element.confirm, `${at}/confirm`, report);
  if (type === 'button') checkButton(element, at, report);
  else if (type === 'image') checkImage(element, at, report);
  else if (type === 'mrkdwn' || type === 'plain_text')
    checkText(element, { limit: limits.textObject }, at, report);
  else checkOptions(element, type, at, report);
}

export function checkButton(element: JsonObject, at: string, report: Report): void {
  checkText(element.text, { limit: limits.buttonText, plain: true }, `${at}/text`, report);
  checkString(element.value, limits.buttonValue, `${at}/value`, report);
  checkString(element.url, limits.buttonUrl, `${at}/url`, report);
  checkString(
    element.accessibility_label,
    limits.buttonAccessibilityLabel,
    `${at}/accessibility_label`,
    report,
  );
  const { style } = element;
  if (style !== undefined && style !== 'primary' && style !== 'danger')
    report('must be a valid enum value', `${at}/style`);
}

/** An image has an address or a file in Slack. */
export function checkImage(image: JsonObject, at: string, report: Report): void {
  checkString(image.alt_text, limits.imageAltText, `${at}/alt_text`, report, 'required');
  checkString(image.image_url, limits.imageUrl, `${at}/image_url`, report);
  if (image.image_url === undefined && image.slack_file === undefined)
    report('missing required field: image_url', at);
}

function checkConfirm(confirm: JsonObject, at: string, report: Report): void {
  checkText(confirm.title, { limit: limits.confirmTitle, plain: true }, `${at}/title`, report);
  checkText(confirm.text, { limit: limits.confirmText }, `${at}/text`, report);
  checkText(confirm.confirm, { limit: limits.confirmButton, plain: true }, `${at}/confirm`, report);
  checkText(confirm.deny, { limit: limits.confirmButton, plain: true }, `${at}/deny`, report);
}

/** How many options an element may have; null where its options come from elsewhere. */
function mostOptions(type: string): number | null {
  switch (type) {
    case 'static_select':
    case 'multi_static_select':
      return limits.selectOptions;
    case 'checkboxes':
    case 'radio_buttons':
      return limits.choiceOptions;
    case 'overflow':
      return limits.overflowOptions;
    default:
      return null;
  }
}

function checkOptions(element: JsonObject, type: string, at: string, report: Report): void {
  const most = mostOptions(type);
  if (most === null) return;
  const { options, option_groups: groups } = element;
  if (groups === undefined) {
    checkOptionList(options, most, type, `${at}/options`, report);
    return;
  }
  for (const [index, group] of checkList(
    groups,
    limits.selectOptions,
    `${at}/option_groups`,
    report,
  ).entries()) {
    const pointer = `${at}/option_groups/${index}`;
    const { label, options: own } = isObject(group) ? group : {};
    checkText(label, { limit: limits.optionText, plain: true }, `${pointer}/label`, report);
    checkOptionList(own, most, type, `${pointer}/options`, report);
  }
}

function checkOptionList(options: unknown, most: number, type: string, at: string, report: Report): void {
  const mayHaveMarkup = type === 'checkboxes' || type === 'radio_buttons';
  for (const [index, option] of checkList(options, most, at, report).entries()) {
    const { text, value } = isObject(option) ? option : {};
    const rule = { limit: limits.optionText, ...(mayHaveMarkup ? {} : ({ plain: true } as const)) };
    checkText(text, rule, `${at}/${index}/text`, report);
    checkString(value, limits.optionValue, `${at}/${index}/value`, report, 'required');
  }
}
