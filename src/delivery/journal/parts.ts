import { basename, dirname } from 'node:path';
import type { Disk } from './disk.ts';

/** The file of a part: the journal's own is part 0, those that follow it while it runs stand beside it. */
export function partPath(journal: string, part: number): string {
  return part === 0 ? journal : `${journal}.part-${part}`;
}

/** The parts of a journal that are on the disk, the oldest first. */
export function partsOf(disk: Disk, journal: string): number[] {
  const name = basename(journal);
  return disk
    .namesIn(dirname(journal))
    .flatMap((found) => {
      if (found === name) return [0];
      const number = found.startsWith(`${name}.part-`) ? Number(found.slice(name.length + 6)) : 0;
      return Number.isSafeInteger(number) && number > 0 ? [number] : [];
    })
    .sort((a, b) => a - b);
}

/** Where a file with a line that can't be read is kept. */
export function damagedPath(part: string): string {
  return `${part}.damaged-${Date.now()}`;
}
