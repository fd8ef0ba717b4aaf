import { fileOfFrame, isInPackage } from '../../model/frame.ts';
import { frameAt, placeOf } from './source-place.ts';
import { withoutTexts } from './source-text.ts';

const parser = /(?<![\w$.])(?:express|bodyParser)\s*\.\s*(?:json|urlencoded|raw|text)\s*\(/g;
const proxying =
  /[/\\]node_modules[/\\](?:http-proxy|http-proxy-3|httpxy|express-http-proxy|fast-proxy)[/\\]/;

/** Where the file that a proxied request goes through uses a body parser before: that has read the body. */
export function bodyParserBefore(stack: readonly string[]): string | null {
  const own = stack.find((frame) => !isInPackage(frame));
  const place = own === undefined || !stack.some((frame) => proxying.test(frame)) ? null : placeOf(own);
  if (place === null) return null;
  const before = withoutTexts(place.source).slice(0, place.offset);
  const found = [...before.matchAll(parser)].at(-1);
  if (found === undefined) return null;
  return frameAt(fileOfFrame(place.frame), before, found.index + found[0].lastIndexOf('.') + 1);
}
