import { type Document, isAlias, LineCounter, visit, type YAMLParseError } from 'yaml';
import { UsageError } from '../errors.ts';

interface Fault {
  /** Its place in the text. */
  readonly at: number;
  readonly why: string;
  readonly remedy: string;
}

interface Place {
  readonly message: string;
  /** What the fault is about. */
  readonly word: string;
  /** The whole line that it stands in. */
  readonly line: string;
}

type Said = Omit<Fault, 'at'>;

/**
 * What keeps a file from being read, as a person would say it; null where nothing does. Only the first: those behind it
 * mostly come from it.
 */
export function whyUnparsable(name: string, text: string, document: Document.Parsed): UsageError | null {
  const [error] = document.errors;
  const fault = error === undefined ? unknownAlias(document) : explained(error, text);
  if (fault === null) return null;
  const lines = new LineCounter();
  for (const { index } of text.matchAll(/^/gm)) lines.addNewLine(index);
  const { line, col } = lines.linePos(Math.min(fault.at, text.trimEnd().length));
  return new UsageError(`cannot read ${name}:${line}:${col}`, fault.why, fault.remedy);
}

function explained({ code, message, pos: [from] }: YAMLParseError, text: string): Fault {
  const begin = text.lastIndexOf('\n', from - 1) + 1;
  const [line = ''] = text.slice(begin).split('\n');
  const [word = ''] = /^(?:\\.|[^\s:,}\]]*)/.exec(text.slice(from)) ?? [];
  return { at: from, ...say(code, { message, word, line }) };
}

const conflict: Said = {
  why: 'a merge conflict was left in the file',
  remedy: 'resolve it, and remove its markers',
};
const unclosed: Said = {
  why: 'a [ or { is not closed before this place',
  remedy: 'close it with ] or }, or indent what is inside it',
};
const noKey: Said = {
  why: 'the line has no key with a colon and a space after it',
  remedy: 'write it as "key: value"',
};

function say(code: YAMLParseError['code'], { message, word, line }: Place): Said {
  if (/^(<{7}|={7}|>{7})/.test(line)) return conflict;
  switch (code) {
    case 'TAB_AS_INDENT':
      return { why: 'the line is indented with a tab', remedy: 'indent it with spaces' };
    case 'BAD_INDENT':
      return message.startsWith('Flow')
        ? unclosed
        : {
            why: 'the line is indented differently from its neighbours',
            remedy: 'indent the keys of one level alike',
          };
    case 'DUPLICATE_KEY':
      return {
        why: `the key${word === '' ? '' : ` ${word}`} is there for a second time`,
        remedy: 'keep one of them',
      };
    case 'BAD_SCALAR_START':
      return {
        why: `a value can’t begin with ${word.charAt(0)}`,
        remedy: 'put quotes around the value',
      };
    case 'BAD_DQ_ESCAPE':
      return {
        why: `${word} means nothing in double quotes`,
        remedy: 'use single quotes, or write the backslash twice',
      };
    case 'MULTIPLE_DOCS':
      return { why: 'a second document begins there', remedy: 'remove the line ---' };
    case 'BLOCK_AS_IMPLICIT_KEY':
      return message.startsWith('Nested')
        ? {
            why: 'there is a second colon with a space after it',
            remedy: 'put quotes around the value, or its keys on lines of their own',
          }
        : { why: 'a list item is among keys', remedy: 'indent it below its key' };
    case 'BLOCK_IN_FLOW':
      return { why: 'two entries have no comma between them', remedy: 'write one' };
    case 'MULTILINE_IMPLICIT_KEY':
      return line.trimStart().startsWith('- ')
        ? { why: 'a list item is among keys', remedy: 'indent it below its key' }
        : noKey;
    case 'MISSING_CHAR':
      return missing(message);
    case 'UNEXPECTED_TOKEN':
      return {
        why: 'the value has ended before this place',
        remedy: "put quotes around the whole of it; a ' inside single quotes is written twice",
      };
    default:
      return {
        why: 'what is there can’t be read',
        remedy: 'correct it; quotes around a value often help',
      };
  }
}

function missing(message: string): Said {
  if (message.includes('quote'))
    return {
      why: 'a text in quotes is not closed before this place',
      remedy: 'write the quote that closes it',
    };
  if (message.startsWith('Flow')) return unclosed;
  if (message.startsWith('Comments'))
    return { why: 'a # begins a comment only after a space', remedy: 'write a space before it' };
  return noKey;
}

/** One that names nothing is only noticed when the document is used. */
function unknownAlias(document: Document.Parsed): Fault | null {
  let fault: Fault | null = null;
  visit(document, {
    Alias(_, node) {
      if (!isAlias(node) || node.resolve(document) !== undefined) return undefined;
      fault = {
        at: node.range?.[0] ?? 0,
        why: `nothing before it is called &${node.source}`,
        remedy: 'put quotes around it if a text was meant, or name what it stands for',
      };
      return visit.BREAK;
    },
  });
  return fault;
}
