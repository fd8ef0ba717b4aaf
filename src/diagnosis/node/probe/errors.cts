import type { Abandonment } from '../protocol.ts';

const reported = new WeakSet<object>();

export function remember(error: unknown): void {
  if (typeof error === 'object' && error !== null) reported.add(error);
}

/** Whether an error, or one behind it, is a request's failure that was reported already. */
export function isReported(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > 5) return false;
  if (reported.has(error)) return true;
  if (networkCodes.test(textProperty(error, 'code'))) return true;
  for (const key of ['cause', 'original', 'reason']) {
    if (isReported(Reflect.get(error, key), depth + 1)) return true;
  }
  return false;
}

const networkCodes =
  /^(UND_ERR_|ECONN|ENOTFOUND|EAI_|EPIPE|EHOST|ENET|ETIMEDOUT|ERR_BAD_|ERR_NON_2XX|slack_webapi_)/;

interface ErrorText {
  readonly code: string;
  readonly message: string;
}

/** The code that says most about an error, looked for in its causes and in the errors it gathers. */
export function describe(error: unknown, depth = 0): ErrorText {
  if (typeof error !== 'object' || error === null) return { code: '', message: String(error) };
  const own = textProperty(error, 'code');
  const message = textProperty(error, 'message').slice(0, 300);
  if (depth < 5) {
    const inner = 'cause' in error && error.cause != null ? error.cause : firstOf(error);
    if (inner !== null && (own === '' || own === 'ERR_UNHANDLED_ERROR')) {
      const reported = describe(inner, depth + 1);
      if (reported.code !== '')
        return { code: reported.code, message: reported.message === '' ? message : reported.message };
    }
  }
  return { code: own === '' ? textProperty(error, 'name') : own, message };
}

/** Every address that was tried with its error, where a client tried several. */
export function triesIn(error: unknown, depth = 0): readonly string[] {
  if (typeof error !== 'object' || error === null || depth > 4) return [];
  if ('errors' in error && Array.isArray(error.errors)) {
    return error.errors.slice(0, 8).flatMap((one: unknown) => {
      if (typeof one !== 'object' || one === null || !('address' in one)) return [];
      return [`${String(one.address)}:${String(Reflect.get(one, 'port'))} ${textProperty(one, 'code')}`];
    });
  }
  return 'cause' in error ? triesIn(error.cause, depth + 1) : [];
}

function firstOf(error: object): unknown {
  return 'errors' in error && Array.isArray(error.errors) && error.errors.length > 0 ? error.errors[0] : null;
}

export function textProperty(holder: object, key: string): string {
  const value: unknown = Reflect.get(holder, key);
  return typeof value === 'string' ? value : '';
}

/** Whether an error is a deadline's, the program's own abort, or a failure. */
export function abandonmentOf(error: unknown): Abandonment {
  if (typeof error !== 'object' || error === null) return 'error';
  const name = textProperty(error, 'name');
  const code = textProperty(error, 'code');
  if (/Timeout(?:Error)?$/.test(name) || /TIMEOUT|ETIMEDOUT|ESOCKETTIMEDOUT/.test(code)) return 'deadline';
  if (/\btimeout\b|\btimed out\b/i.test(textProperty(error, 'message'))) return 'deadline';
  if ('cause' in error && typeof error.cause === 'object' && error.cause !== null) {
    if (textProperty(error.cause, 'name') === 'TimeoutError') return 'deadline';
  }
  // undici's word for a proxy that does not let it through.
  if (code === 'UND_ERR_ABORTED' && textProperty(error, 'message').startsWith('Proxy response'))
    return 'error';
  if (name === 'AbortError' || name === 'CanceledError' || name === 'RequestAbortedError') return 'program';
  if (/^(ABORT_ERR|UND_ERR_ABORTED|UND_ERR_DESTROYED|UND_ERR_CLOSED|ERR_CANCELED)$/.test(code)) {
    return 'program';
  }
  return 'error';
}
