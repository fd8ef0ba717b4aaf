/** How a request asks the server to keep it until there is news: by these names, in its query or its body. */
const names =
  'timeout|wait|wait_?time(?:_?seconds)?|timeout_?seconds|poll_?timeout|long_?poll(?:_?timeout)?|hold|block';
const inQuery = new RegExp(`[?&](?:${names})=(\\d+(?:\\.\\d+)?)(ms|s|m)?(?:&|$)`, 'i');
const isName = new RegExp(`^(?:${names})$`, 'i');
/** A watch or a follow has no end of its own. */
const watches = /[?&](?:watch|follow|stream)=(?:true|1)(?:&|$)/i;
const watchMs = 600_000;
/** Bodies longer than this, in characters, are no polls. */
const longestBody = 2048;

/** For how long, in ms, the request asks to be kept; null where it does not ask. */
export function askedWait(path: string, body: string | null): number | null {
  const query = inQuery.exec(path);
  if (query !== null) return inMs(Number(query[1]), query[2] ?? '');
  if (watches.test(path)) return watchMs;
  return body === null || body.length > longestBody ? null : inBody(body);
}

function inBody(body: string): number | null {
  const form = inQuery.exec(`?${body}`);
  if (form !== null) return inMs(Number(form[1]), form[2] ?? '');
  if (!body.startsWith('{')) return null;
  try {
    const fields: unknown = JSON.parse(body);
    if (typeof fields !== 'object' || fields === null) return null;
    for (const [name, value] of Object.entries(fields))
      if (isName.test(name) && Number(value) > 0) return inMs(Number(value), '');
  } catch {
    // No JSON: it asks for nothing.
  }
  return null;
}

/** Bare numbers below a thousand are seconds, as Telegram and SQS count; others are ms, as Matrix does. */
function inMs(value: number, unit: string): number | null {
  if (!(value > 0)) return null;
  if (unit === 'ms') return value;
  if (unit === 'm') return value * 60_000;
  return unit === 's' || value < 1000 ? value * 1000 : value;
}
