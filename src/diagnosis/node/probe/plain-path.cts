let lastPath = '';
let lastPlainPath = '';

/** Without query, fragment and credentials: those may be secret. Requests to one path follow each other. */
export function withoutQuery(path: string): string {
  if (path !== lastPath) {
    const end = path.search(/[?#]/);
    lastPath = path;
    lastPlainPath = redactWebhook(end === -1 ? path : path.slice(0, end));
  }
  return lastPlainPath;
}

/** An incoming webhook's last part is its secret, and so is a bot's token in a path. */
function redactWebhook(path: string): string {
  return path
    .replace(/(\/services\/[^/]+\/[^/]+\/)[^/]+/, '$1…')
    .replace(/(\/(?:workflows|triggers)\/[^/]+\/[^/]+\/).+/, '$1…')
    .replace(/(\/bot)\d+:[^/]+/, '$1…');
}
