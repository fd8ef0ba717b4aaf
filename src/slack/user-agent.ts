import { toolVersion } from '../version.ts';

/** `timer-notify/1.2.3 node/20.20.2`; without its version in a bundle that left package.json behind. */
export function userAgent(): string {
  return [`timer-notify${ownVersion()}`, `node/${process.versions.node}`].join(' ');
}

function ownVersion(): string {
  try {
    return `/${toolVersion()}`;
  } catch {
    return '';
  }
}
