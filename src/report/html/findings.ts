import { type Finding, requestLine, threadName } from '../../model/finding.ts';
import { ownFirst } from '../../model/frame.ts';
import type { Report } from '../../model/report.ts';
import { requestProgress } from '../request-progress.ts';
import { showFrame } from '../source-link.ts';
import { html, type Markup, prose } from './markup.ts';

/** Each cause with its evidence and, above all, its fix. */
export function findingSection({ findings, source }: Report): Markup {
  if (findings.length === 0) return html``;
  return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2>${findings.map((finding) => article(finding, source))}</section>`;
}

function article(
  { code, severity, title, pid, thread, request, evidence, stack, codeFrame = [], fix }: Finding,
  source: Report['source'],
): Markup {
  const facts = [
    ...(pid === undefined ? [] : [`process: ${pid}`]),
    ...(thread === null ? [] : [`thread: ${threadName(thread)}`]),
    ...(request === null ? [] : [`request: ${requestLine(request)}, ${requestProgress(request)}`]),
    ...evidence,
  ];
  return html`<article class="finding ${severity}"><h3><span class="badge">${severity}</span> ${prose(title)} <code>${code}</code></h3>
<ul>${facts.map((fact) => html`<li>${prose(fact)}</li>`)}</ul>
${placeOf(ownFirst(stack), source)}${
  codeFrame.length === 0
    ? ''
    : html`
<pre tabindex="0" aria-label="code">${codeFrame.join('\n')}</pre>`
}
<p class="fix"><strong>Fix:</strong> <span>${prose(fix)}</span></p></article>`;
}

function placeOf(stack: readonly string[], source: Report['source']): Markup {
  const [first, ...others] = stack.map((frame) => frameLink(frame, source));
  if (first === undefined) return html``;
  if (others.length === 0) return html`<p><strong>At:</strong> ${first}</p>`;
  return html`<p><strong>At:</strong></p><ol class="stack" aria-label="stack">${[first, ...others].map((frame) => html`<li>${frame}</li>`)}</ol>`;
}

function frameLink(frame: string, source: Report['source']): Markup {
  const { text, url } = showFrame(frame, source);
  return url === null ? html`<code>${text}</code>` : html`<a href="${url}"><code>${text}</code></a>`;
}
