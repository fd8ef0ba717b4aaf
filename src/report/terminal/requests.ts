import type { HttpRequest } from '../../slack/request.ts';
import type { Terminal } from './terminal.ts';

/** Requests as they would go over the wire, secrets masked by the terminal. */
export function renderRequests(
  requests: readonly (HttpRequest & { readonly proxy: string | null })[],
  { out }: Pick<Terminal, 'out'>,
): string {
  return requests
    .map(({ method, origin, path, headers, body, proxy }) =>
      [
        `${out.bold(method)} ${origin}${path}${proxy === null ? '' : out.dim(`  (through ${proxy})`)}`,
        ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
        '',
        JSON.stringify(JSON.parse(body), null, 2),
      ].join('\n'),
    )
    .join('\n\n');
}
