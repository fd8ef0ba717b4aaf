import type { Target } from './target.ts';

const mask = '***';

/** Shorter values are no secrets, and masking them would eat words. */
const shortestSecret = 6;

/** What Slack's secrets look like, whoever they belong to; `%2F` because URLs get encoded into other URLs. */
const patterns: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  [/\b(x(?:ox[a-z](?:\.xox[a-z])?|app|wfp))-[A-Za-z0-9-]{8,}/g, `$1-${mask}`],
  [
    /(hooks\.slack(?:-gov)?\.com(?:\/|%2F)(?:services|workflows|triggers)(?:\/|%2F))[^\s"'`<>()\\]+/gi,
    `$1${mask}`,
  ],
  // The path of a webhook behind a proxy or a stand-in, in Slack's form: the last part has 24 signs.
  [/((?:\/|%2F)services(?:(?:\/|%2F)[TB][A-Z0-9]+){2}(?:\/|%2F))[A-Za-z0-9]{20,}/g, `$1${mask}`],
  [/(\bauthorization["']?\s*[:=,]\s*["']?(?:Bearer|Basic)\s+)[^\s"',\\]+/gi, `$1${mask}`],
  [/(:\/\/[^\s/:@"']+:)[^\s/@"']+(?=@)/g, `$1${mask}`],
];

const secrets = new Set<string>();

/**
 * Makes `redact` mask this exact value too, as it is and as it looks inside a URL, JSON and HTML.
 * Call it as soon as a secret is read, before anything can fail with it in the message.
 */
export function protectSecret(value: string): void {
  const trimmed = value.trim();
  if (trimmed.length < shortestSecret) return;
  for (const form of [
    trimmed,
    encodeURIComponent(trimmed),
    JSON.stringify(trimmed).slice(1, -1),
    inHtml(trimmed),
  ]) {
    secrets.add(form);
  }
}

/** The secrets that an environment holds, whether or not they are used. */
export function protectEnvironment({ SLACK_BOT_TOKEN, SLACK_WEBHOOK_URL }: NodeJS.ProcessEnv): void {
  if (SLACK_BOT_TOKEN !== undefined) protectSecret(SLACK_BOT_TOKEN);
  if (SLACK_WEBHOOK_URL !== undefined) protectUrl(SLACK_WEBHOOK_URL);
}

/** A webhook's secret is its path; the host may be shown. */
export function protectUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const path = parsed === null ? '' : (parsed.pathname + parsed.search).slice(1);
  if (path === '') protectSecret(url);
  else protectSecret(path);
}

/** What a target must keep to itself, in every thread that sends to it. */
export function protectTarget(target: Target): void {
  if (target.kind === 'bot') protectSecret(target.token);
  else protectUrl(target.url);
}

/** The text without any secret: applied where text leaves the program, and only there. */
export function redact(text: string): string {
  let safe = text;
  for (const secret of longestFirst()) safe = safe.replaceAll(secret, mask);
  for (const [pattern, replacement] of patterns) safe = safe.replace(pattern, replacement);
  return safe;
}

/** One secret may contain another. */
function longestFirst(): readonly string[] {
  return [...secrets].sort((a, b) => b.length - a.length);
}

function inHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
