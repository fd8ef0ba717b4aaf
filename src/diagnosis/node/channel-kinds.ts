import { endOfBraces, withoutTexts } from '../source/source-text.ts';

/** Kinds of messages that a listener tells apart, by the texts that it compares with. */
export interface ChannelKinds {
  /** For these it sends. */
  readonly sentFor: readonly string[];
  /** For these it does something else. */
  readonly others: readonly string[];
}

const compares = /([!=])==?\s*(?:'([^'\\\n]+)'|"([^"\\\n]+)")|\bcase\s+(?:'([^'\\\n]+)'|"([^"\\\n]+)")\s*:/g;

/** `sends` says whether code, as it is written, sends something. */
export function kindsTold(text: string, sends: (code: string) => boolean): ChannelKinds {
  const sentFor = new Set<string>();
  const others = new Set<string>();
  for (const { 0: head, 1: sign, 2: single, 3: double, 4: caseSingle, 5: caseDouble, index } of text.matchAll(
    compares,
  )) {
    const kind = single ?? double ?? caseSingle ?? caseDouble ?? '';
    const rest = text.slice(index + head.length);
    // Unless it is that kind, the listener does what comes next; what sends comes behind that.
    const own = sign === undefined ? caseIn(rest) : sign === '!' ? rest : statementIn(rest);
    (sends(own) ? sentFor : others).add(kind);
  }
  return { sentFor: [...sentFor], others: [...others] };
}

/** Up to what leaves it, or the next one. */
function caseIn(rest: string): string {
  const [end] = rest.matchAll(/\b(?:break|case|default)\b|\breturn\b[^;]*;?/g);
  if (end === undefined) return rest;
  return rest.slice(0, end.index + (end[0].startsWith('return') ? end[0].length : 0));
}

function statementIn(rest: string): string {
  const code = withoutTexts(rest);
  const begins = /^\s*\)+\s*/.exec(code)?.[0].length ?? 0;
  if (code.charAt(begins) === '{') return rest.slice(0, endOfBraces(code, begins));
  const end = code.indexOf(';', begins);
  return end === -1 ? rest : rest.slice(0, end);
}

/** Whether what a listener is to send may be for a message of these kinds, none where it says none. */
export function mayBeFor(
  kinds: readonly string[],
  { sentFor, others, conditional }: ChannelKinds & { readonly conditional: boolean },
): boolean {
  if (kinds.some((kind) => sentFor.includes(kind))) return true;
  if (sentFor.length > 0 || kinds.some((kind) => others.includes(kind))) return false;
  return (kinds.length > 0 && others.length > 0) || !conditional;
}
