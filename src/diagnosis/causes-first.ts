import { byRoot, type FindingCode } from '../model/cause.ts';
import type { SuspicionOf } from './suspicion.ts';

type Each<Thread> = Pick<
  SuspicionOf<Thread, unknown>,
  'code' | 'stack' | 'halted' | 'needed' | 'isPassedOver' | 'isOfMachine'
>;

/** Causes that come about however much CPU there is. */
const whateverTheCpu: ReadonlySet<FindingCode> = new Set([
  'clock-replaced',
  'bridge-deadlock',
  'loop-parked',
  'thread-exited',
  'process-exited',
  'timer-overflow',
  'timer-unreferenced',
  'intercepted',
  'tls-untrusted',
  'dns-not-found',
  'request-incomplete',
  'rejected-by-slack',
  'rate-limited',
  'http-error',
]);

/**
 * Roots before their symptoms, and before that: what explains another comes first, whatever the causes' own order. A
 * thread, or code, that came to a halt explains what had to be done by it.
 */
export function causesFirst<Thread, Suspected extends Each<Thread>>(
  suspicions: readonly Suspected[],
): Suspected[] {
  const isCertain = suspicions.some(({ code }) => whateverTheCpu.has(code));
  const rankOf = (one: Suspected): number => (isCertain && one.isOfMachine === true ? 1 : rank(one));
  const waiting = [...suspicions].sort((a, b) => rankOf(a) - rankOf(b) || byRoot(a, b));
  const ordered = new Set<Suspected>();
  const place = (suspicion: Suspected, consequences: readonly Suspected[]): void => {
    if (ordered.has(suspicion) || consequences.includes(suspicion)) return;
    for (const cause of explaining(suspicion, waiting)) place(cause, [...consequences, suspicion]);
    ordered.add(suspicion);
  };
  for (const suspicion of waiting) place(suspicion, []);
  return [...ordered];
}

function rank<Thread>({ code, isPassedOver = false }: Each<Thread>): number {
  return code === 'inconclusive' ? 2 : isPassedOver ? 1 : 0;
}

/** Those that together kept all that it needed from going on; none where some of that still could. */
function explaining<Thread, Suspected extends Each<Thread>>(
  suspicion: Suspected,
  all: readonly Suspected[],
): readonly Suspected[] {
  const { needed } = suspicion;
  if (needed === undefined) return [];
  const halting = all.filter((other) => other !== suspicion && other.halted !== undefined);
  const ofThreads = halting.filter(({ halted = [] }) => halted.some((one) => needed.threads.includes(one)));
  const haltedThreads = new Set(ofThreads.flatMap(({ halted = [] }) => halted));
  if (needed.threads.length > 0 && needed.threads.every((thread) => haltedThreads.has(thread)))
    return ofThreads;
  const ofCode = halting.filter(({ stack }) =>
    stack.some((frame) => needed.functions.includes(functionOf(frame))),
  );
  return ofCode.length >= Math.max(1, needed.threads.length) ? ofCode : [];
}

/** File and function of a place, without its line. */
export function functionOf(frame: string): string {
  return frame.replace(/:\d+(?::\d+)? /, ' ');
}
