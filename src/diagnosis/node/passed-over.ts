import { catchAround } from '../source/silent-catch.ts';
import { placeOf } from '../source/source-place.ts';
import { withoutTexts } from '../source/source-text.ts';

/** What a program says of something that it wanted to go well. */
const regrets =
  /error|exception|critical|fatal|warn|fail|lost|lose|unable|can ?not|can.t|could ?n.t|not (?:be )?(?:sent|delivered|posted|reached|answered)|undeliver|no (?:answer|reply|response)|gave up|giv(?:e|ing) up|drop|stderr|timed? ?out|retry|again/i;

const says = /^(?:console|log(?:ger)?)\.(?:log|info|debug)$/;

/**
 * A request that a deadline ended, by the stack of its call: the place whose `catch` takes just that error by its name,
 * says something and goes on. Null where none is seen to, or where it says that something went wrong.
 */
export function placeThatGoesOnWithout(frames: readonly string[]): string | null {
  for (const frame of frames) {
    const place = placeOf(frame);
    if (place === null) continue;
    const code = withoutTexts(place.source);
    const around = catchAround(code, place.offset);
    if (around === null) continue;
    const { from, to } = around.body;
    return isMeant(place.source.slice(from, to), code.slice(from, to), around.error) ? frame : null;
  }
  return null;
}

/** Who takes any error, or does more than say so, may have something else in mind. */
function isMeant(text: string, code: string, error: string): boolean {
  if (!/['"`]TimeoutError['"`]/.test(text)) return false;
  const calls = [...code.matchAll(/([\w$][\w$.]*)\s*\(/g)].flatMap(([, name = '']) =>
    name === 'if' ? [] : [name],
  );
  const isOnlySaid = calls.length > 0 && calls.every((name) => says.test(name));
  const rest = text
    .replaceAll(/['"`]TimeoutError['"`]/g, '')
    .replaceAll(new RegExp(`\\b${error}\\b`, 'g'), '');
  return isOnlySaid && !/\breturn\b|[^=!<>]=[^=>]/.test(code) && !regrets.test(rest);
}
