import { appendFile } from 'node:fs/promises';
import type { Report } from '../model/report.ts';
import { redact } from '../slack/redact.ts';

/**
 * Under GitHub Actions: annotations on stderr, which the runner reads as it reads stdout, and the report in the job's
 * step summary. Elsewhere nothing.
 */
export async function announceOnGithub(
  report: Report,
  env: NodeJS.ProcessEnv,
  note: (line: string) => void,
): Promise<void> {
  if (env.GITHUB_ACTIONS !== 'true') return;
  const { renderAnnotations } = await import('./annotations.ts');
  const workspace = env.GITHUB_WORKSPACE ?? process.cwd();
  for (const line of renderAnnotations(report, workspace)) note(redact(line));
  const summary = env.GITHUB_STEP_SUMMARY;
  if (summary === undefined || summary === '') return;
  const { renderMarkdown } = await import('./markdown.ts');
  // The summary is a courtesy: a runner that can't take it must not fail the run.
  await appendFile(summary, redact(renderMarkdown(report))).catch((error: unknown) =>
    note(`could not write the step summary: ${error instanceof Error ? error.message : String(error)}`),
  );
}
