import { UsageError } from '../errors.ts';
import {
  contextNames,
  type ReportedContextName,
  type ReportedStrategyName,
  strategyNames,
} from '../model/names.ts';
import { nearest } from '../nearest.ts';
import { parseDuration } from '../notification/duration.ts';
import { type Metric, type MetricUnit, metrics } from './metrics.ts';

export const operators = {
  '<=': (actual: number, limit: number) => actual <= limit,
  '>=': (actual: number, limit: number) => actual >= limit,
  '==': (actual: number, limit: number) => actual === limit,
  '<': (actual: number, limit: number) => actual < limit,
  '>': (actual: number, limit: number) => actual > limit,
} as const;
export type Operator = keyof typeof operators;

/** A limit that every cell in its scope must keep. */
export interface Threshold {
  /** As it was written. */
  readonly expr: string;
  readonly strategies: readonly ReportedStrategyName[] | 'every';
  readonly contexts: readonly ReportedContextName[] | 'every';
  readonly metric: Metric;
  readonly operator: Operator;
  /** In the metric's unit: rates 0..1, times in ms. */
  readonly limit: number;
}

const pattern = /^(?:([^:<>=]*):)?\s*([a-z0-9.]+)\s*(<=|>=|==|<|>)\s*(\S+)$/i;

/**
 * Reads `p99<5s`, `shared-pool:p99<1s` or `shared-pool/parked:completion>=100%`.
 * @throws UsageError that says which part is wrong and how it should look.
 */
export function parseThreshold(expr: string): Threshold {
  const match = pattern.exec(expr.trim());
  const [, scope, metricName, operator, limit] = match ?? [];
  if (metricName === undefined || !isOperator(operator) || limit === undefined) {
    throw bad(
      expr,
      'a threshold is a metric, one of < <= > >= == and a limit',
      'write for example p99<5s or shared-pool/parked:completion>=100%',
    );
  }
  const metric = pick('metric', metrics, metricName, expr);
  return {
    expr: expr.trim(),
    ...parseScope(scope, expr),
    metric,
    operator,
    limit: parseLimit(metric, limit, expr),
  };
}

function isOperator(text: string | undefined): text is Operator {
  return text !== undefined && Object.hasOwn(operators, text);
}

/** What is judged unless other thresholds are given: nothing lost, nothing late, nothing twice. */
export function defaultThresholds(strategies: readonly ReportedStrategyName[]): readonly Threshold[] {
  const judged = strategies.filter((strategy) => strategy !== 'detached');
  if (judged.length === 0) return [];
  return ['completion>=100%', 'p99<5s', 'hung==0', 'duplicates==0'].map((expr) => ({
    ...parseThreshold(expr),
    strategies: judged,
  }));
}

function parseScope(scope: string | undefined, expr: string): Pick<Threshold, 'strategies' | 'contexts'> {
  if (scope === undefined) return { strategies: 'every', contexts: 'every' };
  const [strategy = '', context, ...rest] = scope.trim().split('/');
  if (rest.length > 0) throw bad(expr, `"${scope}" is no scope`, 'write strategy: or strategy/context:');
  return {
    strategies: [pick('strategy', named(strategyNames), strategy, expr).name],
    contexts: context === undefined ? 'every' : [pick('context', named(contextNames), context, expr).name],
  };
}

function named<Name extends string>(names: readonly Name[]): readonly { readonly name: Name }[] {
  return names.map((name) => ({ name }));
}

function pick<Entry extends { readonly name: string }>(
  what: string,
  entries: readonly Entry[],
  word: string,
  expr: string,
): Entry {
  const found = entries.find((entry) => entry.name === word);
  if (found !== undefined) return found;
  const names = entries.map((entry) => entry.name);
  const suggestion = nearest(word, names);
  throw bad(
    expr,
    `unknown ${what} "${word}", it must be one of: ${names.join(', ')}`,
    suggestion === null ? 'pick one of these' : `did you mean "${suggestion}"?`,
  );
}

const limitForms: Readonly<Record<MetricUnit, { pattern: RegExp; why: string; remedy: string }>> = {
  rate: { pattern: /^(\d+(?:\.\d+)?)%$/, why: 'is a percentage', remedy: 'write for example 100% or 99.9%' },
  'per-second': { pattern: /^(\d+(?:\.\d+)?)\/s$/, why: 'is a rate', remedy: 'write for example 1000/s' },
  count: { pattern: /^(\d+)$/, why: 'is a count', remedy: 'write a whole number' },
  ms: { pattern: /^(.+)$/, why: 'is a time', remedy: 'write for example 500ms or 5s' },
};

function parseLimit({ name, unit }: Metric, text: string, expr: string): number {
  const form = limitForms[unit];
  const figure = form.pattern.exec(text)?.[1];
  if (figure === undefined) throw bad(expr, `the limit of ${name} ${form.why}, not "${text}"`, form.remedy);
  if (unit === 'ms') return parseTime(figure, expr);
  // Not figure / 100, which makes 99.9 % a limit that 999 of 1000 miss.
  return Number(unit === 'rate' ? `${figure}e-2` : figure);
}

function parseTime(text: string, expr: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    if (error instanceof UsageError) throw bad(expr, error.why, error.remedy);
    throw error;
  }
}

function bad(expr: string, why: string, remedy: string): UsageError {
  return new UsageError(`bad threshold "${expr}"`, why, remedy);
}
