import { keysOfRecoveredTries, repeatsMessage, saysTheSame, type Try, tryKey } from '../../retries.ts';
import { now } from './sink.cjs';

/** When a try last went wrong: the same request going well afterwards is news. */
const failedTries = new Map<string, number>();
const failedTriesLimit = 1000;

export function rememberFailedTry(request: Try & Numbered & Responded): void {
  const key = tryKey(request);
  // What its response says is known with its head: a try that comes before the end of its body is a later one.
  const at = request.status >= 300 ? request.respondedAt : now();
  if (failedTries.size < failedTriesLimit || failedTries.has(key)) failedTries.set(key, at);
  rememberText(request, at);
}

interface Numbered {
  readonly r: number;
  readonly bodyText: string | null;
}

interface Responded {
  readonly status: number;
  readonly respondedAt: number;
}

interface FailedText {
  readonly r: number;
  readonly place: string;
  /** Null of one that asks for something and says nothing. */
  readonly text: string | null;
  readonly at: number;
  /** With so many later ones it is still compared. */
  comparisons: number;
}

/** The latest that failed, with what they said. */
let failedTexts: FailedText[] = [];
const failedTextsKept = 20;
const longestText = 4096;
const mostComparisons = 5;

function rememberText(request: Try & Numbered, at: number): void {
  const { r, bodyText: text } = request;
  if (text === null ? request.method !== 'GET' : text.length > longestText) return;
  const others = failedTexts.filter((one) => one.r !== r).slice(1 - failedTextsKept);
  failedTexts = [...others, { r, place: placeOf(request), text, at, comparisons: mostComparisons }];
}

function placeOf({ method, origin, path }: Try): string {
  return `${method} ${origin}${path}`;
}

/** The numbers of failed tries which it says again in other words, having gone well. */
export function supersededTries(request: Try & Numbered & { readonly startedAt: number }): readonly number[] {
  if (failedTexts.length === 0) return [];
  const { bodyText, startedAt } = request;
  if (bodyText === null || bodyText.length > longestText) return [];
  const place = placeOf(request);
  const again = failedTexts.filter(
    ({ place: before, text, at }) =>
      before === place && text !== null && startedAt >= at && repeatsMessage(bodyText, text),
  );
  failedTexts = failedTexts.filter((one) => !again.includes(one));
  return again.map(({ r }) => r);
}

/** The numbers of failed tries whose message it has told somebody else, or whose question it may have asked elsewhere, having gone well. */
export function restatedTries(request: Try & Numbered & { readonly startedAt: number }): readonly number[] {
  if (failedTexts.length === 0 || (request.bodyText?.length ?? 0) > longestText) return [];
  const again = failedTexts.filter((one) => isRestated(one, request) && one.comparisons-- > 0);
  return again.map(({ r }) => r);
}

function isRestated(
  { text, at }: FailedText,
  { method, bodyText, startedAt }: Try & Numbered & { readonly startedAt: number },
): boolean {
  if (startedAt < at) return false;
  if (text === null) return method === 'GET';
  return bodyText !== null && saysTheSame(bodyText, text);
}

export function hasFailedTries(): boolean {
  return failedTries.size > 0;
}

export function makesGood(request: Try & { readonly startedAt: number }): boolean {
  if (failedTries.size === 0) return false;
  const keys = keysOfRecoveredTries(request).filter((key) => {
    const failedAt = failedTries.get(key);
    return failedAt !== undefined && request.startedAt >= failedAt;
  });
  for (const key of keys) failedTries.delete(key);
  return keys.length > 0;
}
