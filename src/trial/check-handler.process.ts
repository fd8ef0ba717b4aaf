import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { readHandler } from './read-handler.ts';

void check(process.argv[2] ?? '');

/** Loads the user's file as a trial would and says on fd 3 what is wrong with it; nothing when it can be used. */
async function check(file: string): Promise<void> {
  try {
    readHandler(await import(pathToFileURL(file).href));
  } catch (error) {
    writeSync(3, error instanceof Error ? error.message : String(error));
  }
  process.exit(0);
}
