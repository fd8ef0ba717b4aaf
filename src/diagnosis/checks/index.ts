import type { Check } from './check.ts';
import { configurationChecks } from './configuration.ts';
import { deliveryChecks } from './delivery.ts';
import { networkChecks } from './network.ts';
import { projectChecks } from './project.ts';
import { runtimeChecks } from './runtime.ts';
import { slackChecks } from './slack.ts';

/** Every check of `doctor`, in the order in which a person wants to read them. */
export const checks: readonly Check[] = [
  ...runtimeChecks,
  ...projectChecks,
  ...configurationChecks,
  ...networkChecks,
  ...slackChecks,
  ...deliveryChecks,
];
