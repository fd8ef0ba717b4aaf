import { list, readCommandLine, readStatus } from './proc.ts';
import { isNode, isPython } from './remote.ts';

export interface ProcessName {
  readonly pid: number;
  readonly command: string;
}

/** The user's own programs of a runtime that the doctor knows, whose command line contains the text. */
export function processesNamed(text: string): readonly ProcessName[] {
  return list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && readStatus(pid)?.uid === process.getuid?.())
    .map((pid) => ({ pid, command: readCommandLine(pid).join(' ') }))
    .filter(({ pid, command }) => command.includes(text) && (isNode(pid) || isPython(pid)));
}
