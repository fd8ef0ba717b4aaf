import type { Report } from '../model/report.ts';

/** What the tool ran on. A diagnosed program may run on another Node, and has an undici of its own. */
export function runtimeText({ kind, environment: { node, undici } }: Report): string {
  return kind === 'doctor' ? `run by Node ${node}` : `Node ${node} · undici ${undici}`;
}
