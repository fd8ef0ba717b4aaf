import { createHmac, randomUUID } from 'node:crypto';
import type { JsonObject } from '../../json-object.ts';
import { bot, type Client, type Workspace } from '../workspace.ts';
import { type Method, type MethodResult, textOf } from './method.ts';

export interface ClientInput {
  readonly workspace: Workspace;
  readonly values: Readonly<Record<string, unknown>>;
  readonly authorization: string | undefined;
  /** `http://127.0.0.1:8080` */
  readonly origin: string;
}

/** A method for which the app says who it is by its client ID and secret. */
export type ClientMethod = (input: ClientInput) => MethodResult;

const scopes = 'chat:write,chat:write.public,chat:write.customize,incoming-webhook';

/** Tokens with an end: https://docs.slack.dev/authentication/using-token-rotation */
const lifetimeS = 43_200;

/** Errors that a `code` of the same name asks for: https://docs.slack.dev/reference/methods/oauth.v2.access#errors */
const codeErrors: ReadonlySet<string> = new Set([
  'bad_redirect_uri',
  'cannot_install_an_org_installed_app',
  'invalid_code',
  'oauth_authorization_url_mismatch',
  'user_email_unverified',
]);

const access: ClientMethod = (input) => {
  const error = clientError(input) ?? grantError(input.values);
  if (error !== null) return { error };
  const rotated = input.values.grant_type === 'refresh_token';
  const team = { id: bot.team, name: 'Timer Team' };
  return {
    fields: {
      app_id: bot.app,
      authed_user: { id: 'U0ALICE' },
      scope: scopes,
      token_type: 'bot',
      access_token: rotated ? `xoxe.xoxb-1-${randomUUID()}` : 'xoxb-test',
      bot_user_id: bot.user,
      ...(rotated ? { refresh_token: newRefreshToken(), expires_in: lifetimeS } : {}),
      team,
      enterprise: null,
      is_enterprise_install: false,
    },
  };
};

/** The first version, for classic apps. */
const legacyAccess: ClientMethod = (input) => {
  const error = clientError(input) ?? grantError(input.values);
  if (error !== null) return { error };
  return {
    fields: { access_token: 'xoxp-test', scope: scopes, user_id: 'U0ALICE', ...teamFields },
  };
};

const exchange: ClientMethod = (input) => {
  const error = clientError(input);
  if (error !== null) return { error };
  if (!/^xox[bp]-/.test(textOf(input.values.token))) return { error: 'invalid_token' };
  return {
    fields: {
      token_type: 'bot',
      access_token: `xoxe.xoxb-1-${randomUUID()}`,
      refresh_token: newRefreshToken(),
      expires_in: lifetimeS,
      team_id: bot.team,
    },
  };
};

/** Slack signs the ID token by a key of its own; here the client's secret signs it, so that a test needs no key. */
const openIdToken: ClientMethod = (input) => {
  const error = clientError(input) ?? grantError(input.values);
  if (error !== null) return { error };
  const { id, secret } = clientOf(input);
  const now = Math.trunc(Date.now() / 1000);
  const claims = {
    iss: input.origin,
    aud: id,
    iat: now,
    exp: now + 300,
    nonce: textOf(input.values.nonce),
    ...person,
  };
  return {
    fields: { access_token: 'xoxp-test', token_type: 'Bearer', id_token: signedToken(claims, secret) },
  };
};

export const userInfo: Method = () => ({ fields: person });

const teamFields = { team_id: bot.team, team_name: 'Timer Team' };

const person = {
  sub: 'U0ALICE',
  'https://slack.com/user_id': 'U0ALICE',
  'https://slack.com/team_id': bot.team,
  email: 'u0alice@example.com',
  email_verified: true,
  name: 'Alice',
  locale: 'en-US',
  'https://slack.com/team_name': 'Timer Team',
  'https://slack.com/team_domain': 'timer-team',
} as const;

/** From the header, as Slack recommends, else from the arguments. */
function clientOf({ values, authorization }: ClientInput): Client {
  const basic = /^Basic\s+(\S+)\s*$/i.exec(authorization ?? '')?.[1];
  if (basic === undefined) return { id: textOf(values.client_id), secret: textOf(values.client_secret) };
  const text = Buffer.from(basic, 'base64').toString();
  const colon = text.indexOf(':');
  return colon === -1
    ? { id: text, secret: '' }
    : { id: text.slice(0, colon), secret: text.slice(colon + 1) };
}

function clientError(input: ClientInput): string | null {
  const { id, secret } = clientOf(input);
  const only = input.workspace.client;
  if (id === '' || (only !== null && id !== only.id)) return 'invalid_client_id';
  return secret === '' || (only !== null && secret !== only.secret) ? 'bad_client_secret' : null;
}

function grantError({
  grant_type: grant,
  code,
  refresh_token: refresh,
}: ClientInput['values']): string | null {
  switch (textOf(grant)) {
    case 'refresh_token':
      return /^xoxe-/.test(textOf(refresh)) ? null : 'invalid_refresh_token';
    case '':
    case 'authorization_code':
      return textOf(code) === '' ? 'invalid_code' : codeErrors.has(textOf(code)) ? textOf(code) : null;
    default:
      return 'invalid_grant_type';
  }
}

function newRefreshToken(): string {
  return `xoxe-1-${randomUUID()}`;
}

/** A JSON Web Token, HS256: https://www.rfc-editor.org/rfc/rfc7519 */
function signedToken(claims: JsonObject, secret: string): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

export const clientMethods = {
  'oauth.v2.access': access,
  'oauth.access': legacyAccess,
  'oauth.v2.exchange': exchange,
  'openid.connect.token': openIdToken,
} as const satisfies Readonly<Record<string, ClientMethod>>;
