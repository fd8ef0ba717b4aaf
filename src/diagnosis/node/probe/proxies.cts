import { isObject } from './wrap.cjs';

/** Of undici's tunnels: the proxy behind which a host is asked for. */
const tunnels = new Map<string, string>();
const mostTunnels = 500;

/** A client asks a proxy for a tunnel to `host:port`. */
export function tunnelAsked(proxy: string, target: string): void {
  if (tunnels.size < mostTunnels) tunnels.set(target, proxy);
}

export function tunnelTo(origin: string): string | null {
  if (tunnels.size === 0 || !URL.canParse(origin)) return null;
  const { hostname, port, protocol } = new URL(origin);
  const proxy = tunnels.get(`${hostname}:${port === '' ? (protocol === 'https:' ? '443' : '80') : port}`);
  return proxy === undefined ? null : withVariable(proxy);
}

/** The proxy that an agent of node:http goes through, as the common packages keep it. */
export function proxyOfAgent(agent: unknown): string | null {
  if (!isObject(agent)) return null;
  for (const key of ['proxy', 'proxyOptions', '_proxy']) {
    const origin = originIn(Reflect.get(agent, key));
    if (origin !== null) return withVariable(origin);
  }
  return null;
}

function originIn(proxy: unknown): string | null {
  if (typeof proxy === 'string') return URL.canParse(proxy) ? new URL(proxy).origin : null;
  if (proxy instanceof URL)
    return proxy.origin === 'null' ? `${proxy.protocol}//${proxy.host}` : proxy.origin;
  if (!isObject(proxy)) return null;
  const host: unknown = Reflect.get(proxy, 'hostname') ?? Reflect.get(proxy, 'host');
  const port: unknown = Reflect.get(proxy, 'port');
  return typeof host === 'string' && port !== undefined ? `http://${host}:${String(port)}` : null;
}

/** Names the variable of the environment that brings the proxy in. */
export function withVariable(proxy: string): string {
  if (!URL.canParse(proxy)) return proxy;
  const { host } = new URL(proxy);
  const variable = Object.keys(process.env).find(
    (name) =>
      /^(?:https?|all|global_agent_http)_proxy$/i.test(name) && process.env[name]?.includes(host) === true,
  );
  return variable === undefined ? proxy : `${proxy} (from ${variable})`;
}
