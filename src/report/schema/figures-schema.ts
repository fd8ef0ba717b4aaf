import { z } from 'zod';

export const milliseconds = z.number().min(0);
export const count = z.int().min(0);
export const rate = z.number().min(0).max(1);

export const latencySummary = z.looseObject({
  min: milliseconds,
  mean: milliseconds,
  p50: milliseconds,
  p90: milliseconds,
  p99: milliseconds,
  p999: milliseconds,
  max: milliseconds,
});
