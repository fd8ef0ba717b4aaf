const sourceOf = Function.prototype.toString;
const longest = 4000;
const words = /[A-Za-z_$][\w$]*/g;

/** Logging and deciding pass nothing on. */
const idle =
  /\b(?:console|log|logger)\s*(?:\.\s*\w+\s*)?\([^()]*(?:\([^()]*\)[^()]*)*\)|\b(?:if|switch|while)\s*\([^()]*(?:\([^()]*\)[^()]*)*\)|[\w$.]+\s*[!=]==?\s*(?:'[^']*'|"[^"]*"|\w+)/g;

/** Whether a listener hands on what it is given, so that each further message is one more to hand on. */
export function passesOn(callback: object): boolean {
  const text: string = Reflect.apply(sourceOf, callback, []);
  if (text.length > longest) return false;
  const head = /^(?:async\s*)?(?:function\s*[\w$]*\s*)?(?:\(([^()]*)\)|([\w$]+)\s*=>)/.exec(text);
  if (head === null) return false;
  const names: readonly string[] = (head[1] ?? head[2] ?? '').match(words) ?? [];
  const body: readonly string[] = text.slice(head[0].length).replace(idle, ' ').match(words) ?? [];
  return names.some((name) => body.includes(name));
}

/** Whether it may do so with some messages only. */
export function choosesByContent(callback: object): boolean {
  const text: string = Reflect.apply(sourceOf, callback, []);
  return text.length > longest || /\b(?:if|switch)\s*\(|[!=]==?|\?[^.?]|&&|\|\|/.test(text);
}
