import { z } from 'zod';
import { UsageError } from '../errors.ts';
import { strategyNames } from '../model/names.ts';
import { parseDuration } from '../notification/duration.ts';

/** One schema a value; the file, the environment and the published JSON schema all read it. */
export const values = {
  strategy: z.enum(strategyNames),
  duration: z
    .string()
    .transform((text, context) => readDuration(text, context))
    .describe('a duration such as 500ms, 15s or 2m'),
  seconds: z.number().positive().max(3600).describe('seconds'),
  retries: z.int().min(0).max(20),
  flag: z.boolean(),
  connections: z.int().min(1).max(1000),
  queueLimit: z.int().min(1).max(10_000_000),
  perSecond: z.number().positive().max(10_000),
  burst: z.int().min(1).max(10_000),
  failures: z.int().min(1).max(1000),
  percentage: z.number().min(0).max(100),
  text: z.string().min(1),
  url: z.url({ protocol: /^https?$/ }),
};

/** Both shapes may stand in one file; where they name the same value, `delivery` and `slack` win. */
export const configSchema = z.strictObject({
  delivery: z
    .strictObject({
      strategy: values.strategy.optional(),
      deadline: values.duration.optional(),
      max_retries: values.retries.optional(),
      retry_ambiguous: values.flag.optional(),
      connections: values.connections.optional(),
      queue_limit: values.queueLimit.optional(),
      rate_limit: z
        .strictObject({ per_second: values.perSecond.optional(), burst: values.burst.optional() })
        .optional(),
      circuit_breaker: z
        .strictObject({ failures: values.failures.optional(), open_for: values.duration.optional() })
        .optional(),
    })
    .optional(),
  slack: z
    .strictObject({
      channel: values.text.optional(),
      base_url: values.url.optional(),
      token_file: values.text.optional(),
    })
    .optional(),
  communication: z
    .strictObject({
      http_client: z
        .strictObject({
          thread_safe_fallback: values.flag.optional(),
          timeout_seconds: values.seconds.optional(),
          max_retries: values.retries.optional(),
        })
        .optional(),
      slack: z
        .strictObject({
          use_shared_session: values.flag.optional(),
          session_pool_size: values.connections.optional(),
        })
        .optional(),
    })
    .optional(),
  bench: z
    .strictObject({
      thresholds: z
        .array(values.text)
        .min(1)
        .optional()
        .describe('what must hold, e.g. shared-pool:p99<1s; --threshold replaces them'),
    })
    .optional(),
  enable_threading_fix: values.flag.optional(),
  rollout_percentage: values.percentage.optional(),
});

export type ConfigFile = z.output<typeof configSchema>;

/** For editors: `# yaml-language-server: $schema=node_modules/timer-notify/dist/schema/config.schema.json`. */
export function configJsonSchema(): object {
  return {
    $id: 'urn:timer-notify:config',
    title: 'timer-notify configuration',
    ...z.toJSONSchema(configSchema, { io: 'input' }),
  };
}

function readDuration(text: string, context: z.RefinementCtx): number {
  try {
    const durationMs = parseDuration(text);
    if (durationMs > 0) return durationMs;
    context.addIssue('must be above 0');
  } catch (error) {
    context.addIssue(error instanceof UsageError ? `${error.why}; ${error.remedy}` : String(error));
  }
  return z.NEVER;
}
