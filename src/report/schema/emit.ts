import { mkdirSync, writeFileSync } from 'node:fs';
import { reportJsonSchema } from './report-schema.ts';

// Run by the build, so that the published schema and the one that `report` checks with can't differ.
const folder = new URL('../../schema/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('report.schema.json', folder), `${JSON.stringify(reportJsonSchema(), null, 2)}\n`);
