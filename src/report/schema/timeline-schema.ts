import { z } from 'zod';
import { reportedContextNames } from '../../contexts/names.ts';
import { reportedStrategyNames } from '../../delivery/strategy.ts';
import { deliveryPaths } from '../../notification/notification.ts';

/** One notification's story as a log would tell it. */
export const timeline = z.looseObject({
  title: z.string(),
  context: z.enum(reportedContextNames),
  strategy: z.enum(reportedStrategyNames),
  path: z.enum(deliveryPaths),
  lines: z.array(
    z.looseObject({
      atMs: z.number().describe('since the timer was set'),
      source: z.enum(['log', 'observed']).describe('observed: what only an observer from outside can see'),
      text: z.string(),
      good: z.boolean(),
    }),
  ),
});
