type Child = Node | string;

/** One element with a class and children; text is text, never HTML. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className = '',
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== '') made.className = className;
  made.append(...children);
  return made;
}

/** A link that opens beside the page; text where the address is none of the web. */
export function link(url: string, text: string): HTMLElement {
  if (!/^(https?|mailto|tel):/i.test(url)) return element('span', '', text);
  const made = element('a', '', text);
  made.href = url;
  made.target = '_blank';
  made.rel = 'noreferrer';
  return made;
}

/** @throws Error where the page has no such element. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}

export function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
