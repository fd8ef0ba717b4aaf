import type { Fault, RequestFault } from './faults.ts';

/** Decides request by request which fault strikes and how long the response is delayed. */
export interface FaultChoice {
  next(method: string): RequestFault | null;
  delayMs(method: string): number;
}

/** Faults of one method have a choice of their own, which is asked before the one for every method. */
export function createFaultChoice(faults: readonly Fault[], seed: number): FaultChoice {
  const scopes = [...new Set(faults.map(({ method }) => method))];
  const choices = new Map(
    scopes.map((scope) => [
      scope,
      choiceAmong(
        faults.filter(({ method }) => method === scope),
        seed,
      ),
    ]),
  );
  const of = (method: string) =>
    [choices.get(method), choices.get(undefined)].filter((choice) => choice !== undefined);
  return {
    next(method) {
      for (const choice of of(method)) {
        const fault = choice.next();
        if (fault !== null) return fault;
      }
      return null;
    },
    delayMs: (method) => of(method).reduce((sum, choice) => sum + choice.delayMs(), 0),
  };
}

interface Share {
  readonly fault: RequestFault;
  readonly rate: number;
  left: number;
}

/**
 * Exact and reproducible: in every block of requests each share strikes its exact number, at places that the seed
 * decides (selection sampling, Knuth 3.4.2 S). So `hang:50%` of 100 requests is 50, whatever the timing.
 */
function choiceAmong(faults: readonly Fault[], seed: number) {
  const random = createRandom(seed);
  const opening = openingOf(faults);
  const shares = sharesOf(faults);
  const block = blockSize(shares.map((share) => share.rate));
  let slotsLeft = 0;

  const strike = (): RequestFault | null => {
    if (slotsLeft === 0) {
      slotsLeft = block;
      for (const share of shares) share.left = Math.round(share.rate * block);
    }
    let place = random() * slotsLeft--;
    for (const share of shares) {
      if (place < share.left) {
        share.left--;
        return share.fault;
      }
      place -= share.left;
    }
    return null;
  };

  const latencyMs = sumOf(faults, 'latency');
  const jitterMs = sumOf(faults, 'jitter');
  return {
    next: (): RequestFault | null => opening.shift() ?? (shares.length === 0 ? null : strike()),
    delayMs: () => latencyMs + (jitterMs === 0 ? 0 : random() * jitterMs),
  };
}

/** Those with `first-<n>`, each as often as it says, in the order given. */
function openingOf(faults: readonly Fault[]): RequestFault[] {
  return faults.flatMap((fault) =>
    'first' in fault ? new Array<RequestFault>(fault.first).fill(fault) : [],
  );
}

function sharesOf(faults: readonly Fault[]): Share[] {
  return faults.flatMap((fault) => ('rate' in fault ? [{ fault, rate: fault.rate, left: 0 }] : []));
}

/** The smallest block in which every share is a whole number of requests; 20 at least, to keep places random. */
function blockSize(rates: readonly number[]): number {
  const isWhole = (value: number) => Math.abs(value - Math.round(value)) < 1e-9;
  return [1, 20, 100, 1000].find((size) => rates.every((rate) => isWhole(rate * size))) ?? 10_000;
}

function sumOf(faults: readonly Fault[], kind: 'latency' | 'jitter'): number {
  return faults.reduce((sum, fault) => sum + (fault.kind === kind ? fault.ms : 0), 0);
}

/** Mulberry32: 32 bits of state are plenty to place faults, and the sequence is the same on every platform. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
