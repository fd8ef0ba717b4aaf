import type { Report, ReportKind } from '../model/report.ts';
import { schemaVersion, toolVersion } from '../version.ts';
import { currentEnvironment } from './environment.ts';

type Head = Pick<Report, 'schemaVersion' | 'kind' | 'tool' | 'startedAt' | 'durationMs' | 'environment'>;

/** What every report begins with; the run has lasted until now. */
export function reportHead(kind: ReportKind, startedAt: Date): Head {
  return {
    schemaVersion,
    kind,
    tool: { name: 'timer-notify', version: toolVersion() },
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
    environment: currentEnvironment(),
  };
}
