/** Which of the two messages of a timer a notification is. */
export const deliveryPaths = ['confirmation', 'expiry'] as const;
export type DeliveryPath = (typeof deliveryPaths)[number];

/** Thread contexts: where the sender runs and what its event loop does once the handler has returned. */
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

/** Contexts of the Python trials; a name shared with Node means that the loop behaves the same. */
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

/** Every context that a report may name. */
export const reportedContextNames = [...contextNames, 'main-waiting', 'two-loops'] as const;
export type ReportedContextName = (typeof reportedContextNames)[number];

/** Delivery strategies: how a notification leaves the sender's thread. */
export const strategyNames = ['detached', 'fetch-in-worker', 'bridged', 'shared-pool', 'adaptive'] as const;
export type StrategyName = (typeof strategyNames)[number];

/** Strategies of the Python trials: the bug, and each proposed option as written and as corrected. */
export const pythonStrategyNames = [
  'detached',
  'executor-detached',
  'fetch-in-worker',
  'shared-session',
  'bridged-blocking',
  'bridged',
  'shared-pool',
] as const;
export type PythonStrategyName = (typeof pythonStrategyNames)[number];

/** Every strategy that a report may name. */
export const reportedStrategyNames = [
  ...strategyNames,
  'executor-detached',
  'shared-session',
  'bridged-blocking',
] as const;
export type ReportedStrategyName = (typeof reportedStrategyNames)[number];
