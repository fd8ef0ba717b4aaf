import { leftUndone } from './left-undone.cjs';
import { behindSpace, endOfBracket, followPlace, onOwnScript } from './own-scripts.cjs';
import { sendsByWay } from './sending-code.cjs';
import type { StoppedFrame } from './stops.cjs';

/** Functions that are given an error first, if there is one. */
const heads = /\(\s*(err|error|e|er|failure|problem)\s*(?:,[^()]*)?\)\s*(?:=>\s*)?\{/g;
/** Before those that are called for errors only. */
const forErrors =
  /(?:\bcatch|\bcatchError|onerror\s*=|['"`]\w*error\w*['"`]\s*,)\s*(?:async\s*)?(?:function\s*[\w$]*\s*)?$/i;
const logging =
  /\b(?:console|log(?:ger)?)\s*\??\.\s*\w+\s*\((?:[^()]|\([^()]*\))*\)|\b(?:log|warn|debug)\s*\((?:[^()]|\([^()]*\))*\)/g;

/** Callbacks that are to send, were given an error instead of what they waited for, and do nothing in its place. */
export function followGivenErrors(): void {
  onOwnScript(/\bif\s*\(\s*!?\s*(?:err|error|e|er|failure|problem)\b/, (script) => {
    const { code, text } = script;
    for (const found of code.matchAll(heads)) {
      const [head, name = ''] = found;
      const from = found.index + head.length;
      const body = code.slice(from, endOfBracket(code, from - 1));
      if (forErrors.test(text.slice(0, found.index)) || !dropsError(body, name)) continue;
      if (!sendsByWay(text.slice(from, from + body.length), text)) continue;
      followPlace(script, behindSpace(code, from), { reached: ([frame]) => givenError(frame, name) });
    }
  });
}

/** It asks whether there is an error, and then nothing is done with it but to log it. */
function dropsError(body: string, name: string): boolean {
  const code = body.replace(logging, '0');
  const asks = new RegExp(
    `\\bif\\s*\\(\\s*(!?)\\s*${name}\\s*(?:!==?\\s*(?:null|undefined)\\s*)?\\)\\s*`,
    'g',
  );
  const found = [...code.matchAll(asks)];
  const [only] = found;
  if (only === undefined || found.length > 1 || mentions(code.replace(asks, ''), name)) return false;
  const after = code.slice(only.index + only[0].length);
  const branch = only[1] === '!' ? otherwise(after) : statementOf(after);
  return !/[\w$)\]]\s*\(|\bthrow\b|=(?!=)/.test(branch);
}

function mentions(code: string, name: string): boolean {
  return new RegExp(`(?<![\\w$.])${name}(?![\\w$:])`).test(code);
}

function statementOf(code: string): string {
  if (code.startsWith('{')) return code.slice(0, endOfBracket(code, 0) + 1);
  return /^[^;\n]*/.exec(code)?.[0] ?? '';
}

/** The rest, where there is no error on the way: what is done instead, or nothing. */
function otherwise(code: string): string {
  const rest = code.slice(statementOf(code).length);
  const found = /^\s*;?\s*else\s*/.exec(rest);
  return found === null ? '' : statementOf(rest.slice(found[0].length));
}

function givenError(frame: StoppedFrame | undefined, name: string): void {
  const error = frame?.valueOf(name);
  if (frame === undefined || !(error instanceof Error) || saysNothingIsThere(error)) return;
  const text = `${error.name}: ${error.message}`.split('\n')[0] ?? '';
  leftUndone({
    kind: 'failed',
    name: text.slice(0, 300),
    callback: null,
    frames: [frame.place],
    isOneOff: false,
  });
}

/**
 * There may rightly be nothing to send: no such file, no such record, a command that found nothing, somebody who hung up,
 * something that a check does not let pass. What the system could not do is another matter.
 */
function saysNothingIsThere(error: Error): boolean {
  const code = String(fieldOf(error, 'code'));
  // Node itself killed the command, for its maxBuffer or its timeout.
  if (code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER' || fieldOf(error, 'killed') === true) return false;
  if (code === 'ENOTFOUND')
    return !/^(?:getaddrinfo|queryA|queryAaaa|queryAny)$/.test(String(fieldOf(error, 'syscall')));
  return !ofSystem.test(code) || nothingThere.test(code);
}

const ofSystem = /^E[A-Z]{2,}$/;
const nothingThere =
  /^E(?:NOENT|NODATA|NOTDIR|XIST|CANCELLED|PIPE|CONNRESET|CONNABORTED|XDEV|NOTEMPTY|SRCH)$/;

function fieldOf(error: object, name: string): unknown {
  return Reflect.get(error, name);
}
