/** HTML that is safe to put into a page as it is. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Content = Markup | string | number | readonly Content[];

/** Builds HTML; every value is escaped unless it is `Markup` itself. */
export function html(strings: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const parts = strings.flatMap((string, index) => [string, show(values[index] ?? '')]);
  return new Markup(parts.join(''));
}

/** Text in which what stands between backticks is code, and no line ends within an option's name. */
export function prose(text: string): readonly Content[] {
  return text.split(/(`[^`]+`|(?<![\w-])--[a-z][\w-]*)/).map((part) => {
    if (part.length > 2 && part.startsWith('`')) return html`<code>${part.slice(1, -1)}</code>`;
    return part.startsWith('--') ? html`<span class="option">${part}</span>` : part;
  });
}

/** Text for places that are no HTML, such as the page's own style sheet. */
export function raw(text: string): Markup {
  return new Markup(text);
}

function show(content: Content): string {
  if (content instanceof Markup) return content.text;
  if (typeof content === 'string') return escapeHtml(content);
  if (typeof content === 'number') return String(content);
  return content.map(show).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (sign) => entities[sign] ?? sign);
}
