import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { surveySetup } from '../../../../src/commands/survey-setup.ts';
import { reportOf } from '../../../../src/diagnosis/checks/check.ts';
import { checks } from '../../../../src/diagnosis/checks/index.ts';
import { runChecks } from '../../../../src/diagnosis/checks/run-checks.ts';
import { selectChecks } from '../../../../src/diagnosis/checks/select-checks.ts';
import type { CheckReport } from '../../../../src/model/finding.ts';

export interface Scene {
  /** Contents by path, relative to the user's project. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: NodeJS.ProcessEnv;
}

/** The report of one check in a project of its own, with nothing configured but what the scene says. */
export async function seenBy(id: string, { files = {}, env = {} }: Scene): Promise<CheckReport> {
  const directory = mkdtempSync(join(tmpdir(), 'checks-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    const surroundings = {
      ...surveySetup({ directory, env, configFile: undefined, signal: new AbortController().signal }),
      lab: null,
      handler: null,
      live: null,
    };
    const [checked] = await runChecks(selectChecks(checks, [id]), surroundings, () => {});
    if (checked === undefined) throw new Error(`no check ${id}`);
    return reportOf(checked);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export interface Server extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
}

export async function serve(listener: RequestListener): Promise<Server> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    origin: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A Web API that answers each method with one object, and `auth.test` with these scopes. */
export function webApi(
  methods: Readonly<Record<string, object>>,
  scopes: string | null = 'chat:write',
): Promise<Server> {
  return serve((request, response) => {
    const method = (request.url ?? '').replace(/^\/api\//, '').replace(/\?.*/, '');
    const answer = methods[method];
    if (scopes !== null) response.setHeader('x-oauth-scopes', scopes);
    response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer ?? {}));
  });
}

/** The environment of a bot that posts to this server. */
export function botAt({ origin }: Server, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  return { SLACK_API_URL: `${origin}/api/`, SLACK_BOT_TOKEN: 'xoxb-test-token', ...more };
}
