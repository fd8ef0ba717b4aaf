import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import * as z from 'zod';
import { parseFaults } from '../emulator/faults.ts';
import type { Cell } from '../model/cell.ts';
import { deliveryPaths, reportedContextNames, reportedStrategyNames } from '../model/names.ts';
import { shippedFile } from '../package-files.ts';

const outcomeNames = ['delivered', 'late', 'failed', 'hung', 'lost'] as const;

const ruleSchema = z.strictObject({
  path: z.enum(deliveryPaths).optional(),
  strategy: z.array(z.enum(reportedStrategyNames)).optional(),
  context: z.array(z.enum(reportedContextNames)).optional(),
  /** Any of these is right. */
  outcome: z.array(z.enum(outcomeNames)).min(1),
});

const scenarioSchema = z.strictObject({
  name: z.string(),
  runtime: z.enum(['node', 'python']).default('node'),
  /** The faults of which it speaks; absent: it speaks of runs without one. */
  fault: z.array(z.string()).optional(),
  rules: z.array(ruleSchema),
});

export type Scenario = z.infer<typeof scenarioSchema>;
type Rule = z.infer<typeof ruleSchema>;

const folder = fileURLToPath(shippedFile('fixtures/scenarios/'));

/** The scenarios that ship with the package: which outcome each cell of a runtime's trials must come to. */
export function loadScenarios(runtime: Scenario['runtime'] = 'node'): Scenario[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => scenarioSchema.parse(parse(readFileSync(`${folder}${file}`, 'utf8'))))
    .filter((scenario) => scenario.runtime === runtime);
}

/** The cell with `expected` set; null where no scenario speaks of it. */
export function withExpectation(cell: Cell, scenarios: readonly Scenario[]): Cell {
  const rule = ruleFor(cell, scenarios);
  if (rule === null || cell.skipped !== null) return cell;
  const right = rule.outcome.reduce((sum, outcome) => sum + cell[outcome], 0);
  return { ...cell, expected: right === cell.sent && cell.duplicates === 0 };
}

/** The outcomes a scenario allows for the cell. */
export function expectedOutcomes(cell: Cell, scenarios: readonly Scenario[]): readonly string[] {
  return ruleFor(cell, scenarios)?.outcome ?? [];
}

function ruleFor(cell: Cell, scenarios: readonly Scenario[]): Rule | null {
  const scenario = scenarios.find(({ fault }) =>
    cell.fault === null
      ? fault === undefined
      : fault?.some((spec) => meaningOf(spec) === meaningOf(cell.fault ?? '')) === true,
  );
  return scenario?.rules.find((rule) => speaksOf(rule, cell)) ?? null;
}

/** `status-500` strikes every request, as `status-500:100%` does. */
function meaningOf(specs: string): string {
  return JSON.stringify(parseFaults(specs.split(',')));
}

function speaksOf({ path, strategy, context }: Rule, cell: Cell): boolean {
  return (
    (path === undefined || path === cell.path) &&
    (strategy === undefined || strategy.includes(cell.strategy)) &&
    (context === undefined || context.includes(cell.context))
  );
}
