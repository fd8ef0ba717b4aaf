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
  'bree',
  'bullmq',
] as const;
export type ContextName = (typeof contextNames)[number];

/** Contexts of the Python trials; where the name is a Node context's, the loop fares as it does there. */
export const pythonContextNames = [
  'main',
  'worker',
  'parked',
  'blocked',
  'exiting',
  'starved',
  'main-blocked',
  'main-waiting',
  'two-loops',
  'main-exiting',
] as const;
export type PythonContextName = (typeof pythonContextNames)[number];

/** Every context that a report may speak of. */
export const reportedContextNames = [...contextNames, 'main-waiting', 'two-loops'] as const;
export type ReportedContextName = (typeof reportedContextNames)[number];
