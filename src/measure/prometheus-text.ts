export type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly suffix?: '_sum' | '_count' | '_bucket';
  readonly labels: Labels;
  readonly value: number;
}

/** One metric family in Prometheus' text exposition format 0.0.4; empty where there are no samples. */
export function family(name: string, type: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  const full = `timer_notify_${name}`;
  const lines = samples.map(
    ({ suffix = '', labels, value }) => `${full}${suffix}${showLabels(labels)} ${value}`,
  );
  return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${lines.join('\n')}\n`;
}

function showLabels(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
