import { UsageError } from '../errors.ts';
import { redact } from './redact.ts';

/**
 * The proxy that the environment names for an origin, or null. Loopback is never proxied: no proxy could reach it.
 * `NO_PROXY` is read by the client itself.
 * @throws UsageError when the proxy is no URL
 */
export function proxyFor(origin: string, env: NodeJS.ProcessEnv): string | null {
  const { hostname, protocol } = new URL(origin);
  if (/^(localhost|127\..*|\[::1\])$/.test(hostname)) return null;
  const name = variablesFor(protocol).find((variable) => (env[variable] ?? '') !== '');
  if (name === undefined) return null;
  const value = env[name] ?? '';
  if (URL.canParse(value) && /^(https?|socks5?):$/.test(new URL(value).protocol)) return value;
  throw new UsageError(
    `bad proxy in ${name}`,
    `"${redact(value)}" is not the URL of an http, https or socks5 proxy`,
    'write for example http://proxy.example.com:3128, or unset it',
  );
}

/** In the order in which undici's EnvHttpProxyAgent reads them: https falls back to http's. */
function variablesFor(protocol: string): readonly string[] {
  const http = ['http_proxy', 'HTTP_PROXY'];
  return protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY', ...http] : http;
}
