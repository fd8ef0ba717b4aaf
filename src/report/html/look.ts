import { type Looked, lookSections } from '../look.ts';
import { html, type Markup } from './markup.ts';

/** What a look into running processes showed: threads, requests, await chains, timers. */
export function lookSection(report: Looked): Markup {
  return html`${lookSections(report).map(
    ({ title, lines }, index) =>
      html`<section aria-labelledby="look-${index}"><h2 id="look-${index}">${title}</h2><ul>${lines.map((line) => html`<li><code>${line}</code></li>`)}</ul></section>`,
  )}`;
}
