/** Thread contexts: where the sender runs and what its loop does once the handler has returned. */
export const contextNames = [
  'main',
  'worker',
  'nested-worker',
  'parked',
  'blocked',
  'exiting',
  'terminated',
  'unreferenced',
  'starved',
  'main-blocked',
  'main-exiting',
  'child-process',
  'piscina',
] as const;
export type ContextName = (typeof contextNames)[number];
