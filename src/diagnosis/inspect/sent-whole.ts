import { endOfBraces, escapedName } from '../source/source-text.ts';

/** Of a function: without texts and comments, and as it is written. */
export interface FunctionBody {
  readonly code: string;
  readonly text: string;
}

const calls = /(?<![\w$#.])((?:[\w$]+\s*\??\.\s*)*#?[\w$]+)\s*\(/g;
const keywords = /^(?:if|for|while|switch|catch|function|return|await|typeof|super|async)$/;
const assigns = /(?:([\w$]+)|[{[]([^=;{}]*)[}\]])\s*(?:=(?![=>])|\bof\b)\s*/g;
/** What of it is used may be none. */
const chooses = /\.\s*(?:filter|find\w*|some|every)\s*\(/;
const statementEnd = /[;{}]|(?<![&|?:(,=+>]\s*)\n(?!\s*[&|?:.+])/;
const conditional = /&&|\|\||(?<!\?)\?(?![?.])/;
const leaves = /\b(?:return|throw|continue|break)\b/;
/** A round that is passed over since another one is under way, or all are over. */
const isUnderWay =
  /^!?\s*(?:this\s*\.\s*#?)?[\w$]*(?:send|flush|busy|running|flight|pending|clos|stop)[\w$]*$/i;

/** Whether what a list holds is given to a call that sends, whatever it is: an alert above a limit is none. */
export function isSentWhole(
  list: string,
  { code, text }: FunctionBody,
  sends: (call: string) => boolean,
): boolean {
  const written = text.replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, (said) =>
    ' '.repeat(said.length),
  );
  const names = namesOf(list, code, written);
  const uses = mentioning(names);
  return [...code.matchAll(calls)].some(({ 0: head, 1: callee = '', index }) => {
    const from = index + head.length;
    const given = written.slice(from, endOfArguments(code, from));
    if (keywords.test(callee) || !uses.test(given) || chooses.test(given) || !sends(`${callee}()`))
      return false;
    return isReached(code, index, isNotEmpty(names));
  });
}

/** The list, and variables that all of what it holds goes to. */
function namesOf(list: string, code: string, written: string): ReadonlySet<string> {
  const names = new Set([list]);
  for (const { 0: head, 1: name, 2: parts = '', index } of code.matchAll(assigns)) {
    const from = index + head.length;
    const value = written.slice(from, endOfValue(code, from));
    if (!mentioning(names).test(value) || chooses.test(value)) continue;
    for (const part of (name ?? parts).match(/[\w$]+/g) ?? []) names.add(part);
    addParameters(value, names);
  }
  addParameters(code, names);
  return names;
}

/** What a function is called with for each of them. */
function addParameters(code: string, names: Set<string>): void {
  const each = new RegExp(
    `(?<![\\w$])(?:${alternatives(names)})\\s*\\.\\s*(?:map|forEach|flatMap)\\s*\\(\\s*(?:async\\s*)?\\(?\\s*([\\w$]+)`,
    'g',
  );
  for (const [, name = ''] of [...code.matchAll(each)]) names.add(name);
}

/** How many they are is not what they are. */
function mentioning(names: ReadonlySet<string>): RegExp {
  return new RegExp(
    `(?:(?<![\\w$#])(?<!(?<!\\.\\.)\\.)|this\\s*\\.\\s*#?)(?:${alternatives(names)})(?![\\w$])(?!\\s*(?:\\??\\.\\s*(?:length|size)\\b|:))`,
  );
}

function isNotEmpty(names: ReadonlySet<string>): RegExp {
  return new RegExp(
    `^[!(\\s]*(?:this\\s*\\.\\s*#?)?(?:${alternatives(names)})\\s*(?:\\??\\.\\s*(?:length|size)\\s*(?:(?:[=!]==?|>|<=)\\s*0|(?:<|>=)\\s*1)?)?[)\\s]*$`,
  );
}

function alternatives(names: ReadonlySet<string>): string {
  return [...names].map(escapedName).join('|');
}

/** Whether nothing but an empty list, or a round under way, keeps the function from coming to the place. */
function isReached(code: string, at: number, isNotEmpty: RegExp): boolean {
  const isMeant = (condition: string) =>
    condition.split(/&&|\|\|/).every((part) => isNotEmpty.test(part) || isUnderWay.test(part.trim()));
  const statement = code.slice(0, at).split(statementEnd).at(-1) ?? '';
  const [, condition] = /^(.*)&&[^&|?]*$/s.exec(statement) ?? [];
  if (conditional.test(statement) && !(condition !== undefined && isMeant(condition))) return false;
  return [...code.slice(0, at).matchAll(/\b(?:if|while|switch)\s*\(/g)].every(({ 0: head, index }) => {
    const end = endOfArguments(code, index + head.length);
    const branch = branchBehind(code, end + 1);
    const decides = branch.end > at || leaves.test(branch.text) || /^\s*else\b/.test(code.slice(branch.end));
    return !decides || isMeant(code.slice(index + head.length, end));
  });
}

function branchBehind(code: string, from: number): { readonly text: string; readonly end: number } {
  const space = /^\s*/.exec(code.slice(from))?.[0].length ?? 0;
  const begin = from + space;
  const end = code.charAt(begin) === '{' ? endOfBraces(code, begin) : endOfValue(code, begin);
  return { text: code.slice(begin, end), end };
}

/** The parenthesis that closes those before the place. */
function endOfArguments(code: string, from: number): number {
  return endWhere(code, from, () => false);
}

function endOfValue(code: string, from: number): number {
  return endWhere(
    code,
    from,
    (at) =>
      code.charAt(at) === ';' ||
      (code.charAt(at) === '\n' && !/^\s*[.?+&|,:)\]}]/.test(code.slice(at, at + 80))),
  );
}

function endWhere(code: string, from: number, isEnd: (at: number) => boolean): number {
  let depth = 0;
  for (let at = from; at < code.length; at++) {
    const sign = code.charAt(at);
    if ('([{'.includes(sign)) depth++;
    else if (')]}'.includes(sign) && --depth < 0) return at;
    else if (depth === 0 && isEnd(at)) return at;
  }
  return code.length;
}
