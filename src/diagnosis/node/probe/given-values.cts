import { functionOfFrame } from '../../../model/frame.ts';
import { escapedName } from '../../source/source-text.ts';
import { inspectWith, nearestScopeOf, remoteOf } from './own-inspector.cjs';
import { withoutStrings } from './source-text.cjs';

const sourceOf = Function.prototype.toString;
const template = /`(?:[^`\\]|\\.)*`/g;

/** What a text is made of, without its words. */
function expressionsIn(text: string): string {
  return `(${[...text.matchAll(/\$\{([^{}]*)\}/g)].map(([, expression = '']) => expression).join(', ')})`;
}

/** Whether a callback uses a value of the very call that set it, at `place`: its own text, a name, what has changed. */
export function isGivenSomething(callback: object, place: string): boolean {
  if (typeof callback !== 'function') return false;
  const code = withoutStrings(sourceOf.call(callback).replace(template, expressionsIn));
  return inspectWith(() => {
    const remote = remoteOf(callback);
    if (remote === null) return false;
    const { description, variables } = nearestScopeOf(remote);
    const [, kind = '', name = ''] = /^(Closure|Block)(?: \((.*)\))?$/.exec(description) ?? [];
    if (kind === '' || (kind === 'Closure' && name !== functionOfFrame(place).split(/[.\s]/).at(-1)))
      return false;
    return variables.some(
      ([variable, { type, className }]) =>
        type !== 'function' &&
        className !== 'Timeout' &&
        new RegExp(`(?<![\\w$.])${escapedName(variable)}(?![\\w$])`).test(code),
    );
  }, false);
}
