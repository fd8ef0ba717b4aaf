import { z } from 'zod';
import { deliveryPaths } from '../../notification/notification.ts';
import { count, milliseconds } from './figures-schema.ts';

/** What became of one notification that `send` was asked for. */
export const delivery = z.looseObject({
  id: z.string(),
  path: z.enum(deliveryPaths),
  outcome: z.enum(['delivered', 'late', 'failed', 'hung', 'lost', 'skipped']),
  channel: z.string().nullable(),
  ts: z.string().nullable(),
  code: z.string().nullable(),
  message: z.string().nullable(),
  fix: z.string().nullable(),
  ambiguous: z.boolean().describe('true when the message may have been delivered all the same'),
  attempts: count.nullable(),
  durationMs: milliseconds.nullable(),
  circuit: z.enum(['closed', 'half-open', 'open']).nullable(),
  warnings: z.array(z.string()),
});
