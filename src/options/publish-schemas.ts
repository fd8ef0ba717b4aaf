import { mkdirSync, writeFileSync } from 'node:fs';
import { reportJsonSchema } from '../model/report.ts';
import { configJsonSchema } from './config-file.ts';

// Run by the build, so that the published schemas and the ones that files are checked with can't differ.
const folder = new URL('../schema/', import.meta.url);
mkdirSync(folder, { recursive: true });
write('report.schema.json', reportJsonSchema());
write('config.schema.json', configJsonSchema());

function write(name: string, schema: object): void {
  writeFileSync(new URL(name, folder), `${JSON.stringify(schema, null, 2)}\n`);
}
