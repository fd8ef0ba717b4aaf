import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 not optimise undici's parser, which is WebAssembly: that takes longer than the one message of a trial. To be
 * called when every thread has been started: with a flag changed, V8 compiles Node's own modules anew in each of them.
 */
export function parseUnoptimised(): void {
  setFlagsFromString('--liftoff-only');
}
