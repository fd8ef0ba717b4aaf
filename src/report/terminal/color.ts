import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from 'chalk';

interface ColorRequest {
  /** False for `--no-color`. */
  readonly flag: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/**
 * The one place where colour is decided: `--no-color`, then NO_COLOR (https://no-color.org: when not empty), then
 * FORCE_COLOR, then what the stream can show. chalk itself does not read NO_COLOR.
 */
export function colorFor(stream: 'stdout' | 'stderr', request: ColorRequest): ChalkInstance {
  return new Chalk({ level: levelFor(stream, request) });
}

function levelFor(stream: 'stdout' | 'stderr', { flag, env }: ColorRequest): 0 | 1 | 2 | 3 {
  if (!flag || (env.NO_COLOR ?? '') !== '') return 0;
  const forced = env.FORCE_COLOR;
  if (forced !== undefined) {
    if (forced === '0' || forced === 'false') return 0;
    return forced === '2' ? 2 : forced === '3' ? 3 : 1;
  }
  const support = stream === 'stdout' ? supportsColor : supportsColorStderr;
  return support === false ? 0 : support.level;
}
