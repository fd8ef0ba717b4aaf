import type { Timeline } from '../../model/story.ts';
import { showMs } from '../../time/show-ms.ts';
import { html, type Markup } from './markup.ts';

/** What a program's log says of one notification, and beside it what only an observer from outside can see. */
export function storySection(timelines: readonly Timeline[]): Markup {
  if (timelines.length === 0) return html``;
  return html`<section aria-labelledby="stories"><h2 id="stories">What happened, step by step</h2>
<p>Lines in quotes are the program’s own log; the others no log can show.</p>${timelines.map(story)}</section>`;
}

function story({ title, lines }: Timeline): Markup {
  return html`<article class="story"><h3>${title}</h3><ol>${lines.map(
    ({ atMs, source, text, good }) =>
      html`<li class="${good ? 'good' : 'bad'}"><time>${showMs(Math.max(0, atMs))}</time> <span aria-hidden="true">${good ? '✔' : '✖'}</span> ${source === 'log' ? html`<q>${text}</q>` : html`<span>${text}</span>`}</li>`,
  )}</ol></article>`;
}
