import { showMs } from '../../measure/figures.ts';
import { type Finding, requestLine } from '../../model/finding.ts';
import { html, type Markup } from './markup.ts';

/** Each cause with its evidence and, above all, its fix. */
export function findingSection(findings: readonly Finding[]): Markup {
  if (findings.length === 0) return html``;
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${findings.map(article)}</section>`;
}

function article({ code, severity, title, thread, request, evidence, stack, fix }: Finding): Markup {
  const facts = [
    ...(thread === null ? [] : [`thread ${thread.name} (${thread.id})`]),
    ...(request === null ? [] : [`${requestLine(request)}: ${request.state}, ${showMs(request.ageMs)} old`]),
    ...evidence,
  ];
  return html`<article class="finding ${severity}"><h3><span class="badge">${severity}</span> ${title} <code>${code}</code></h3>
<ul>${facts.map((fact) => html`<li>${fact}</li>`)}</ul>
${stack.length === 0 ? '' : html`<pre tabindex="0" aria-label="stack">${stack.join('\n')}</pre>`}
<p class="fix"><strong>Fix:</strong> <span>${fix}</span></p></article>`;
}
