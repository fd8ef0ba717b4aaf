import type { ThreadContext } from './context.ts';
import { parks } from './notes.ts';

/** As Piscina's idle workers do: https://github.com/piscinajs/piscina#atomics */
export const parked: ThreadContext = {
  name: 'parked',
  summary: 'the worker parks in Atomics.wait as soon as its handler has settled',
  place: 'worker',
  parks: true,
  mayHang: true,
  afterHandlers: ({ log, name }) => log(parks(name)),
};
