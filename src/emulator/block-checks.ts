import { isObject } from '../json-object.ts';

/** Notes one error of Slack's validator, with its JSON pointer. */
export type Report = (what: string, pointer: string) => void;

export interface TextRule {
  readonly limit: number;
  /** `mrkdwn` is refused. */
  readonly plain?: true;
}

export function checkText(value: unknown, { limit, plain }: TextRule, at: string, report: Report): void {
  if (!isObject(value)) {
    report(value === undefined ? 'missing required field: text' : 'must be an object', at);
    return;
  }
  if (value.type !== 'plain_text' && (plain === true || value.type !== 'mrkdwn')) {
    report(`unsupported type: ${String(value.type)}`, `${at}/type`);
  }
  checkString(value.text, limit, `${at}/text`, report, 'required');
}

export function checkString(
  value: unknown,
  limit: number,
  at: string,
  report: Report,
  need?: 'required',
): void {
  if (value === undefined && need === undefined) return;
  if (typeof value !== 'string') report('must be a string', at);
  else if (value.length > limit) report(`must be less than ${limit + 1} characters`, at);
  else if (value === '' && need === 'required') report('must be more than 0 characters', at);
}

export function checkList(value: unknown, limit: number, at: string, report: Report): readonly unknown[] {
  if (!Array.isArray(value)) {
    report('must be an array', at);
    return [];
  }
  if (value.length > limit) report(`no more than ${limit} items allowed`, at);
  if (value.length === 0) report('must have at least 1 items', at);
  return value;
}
