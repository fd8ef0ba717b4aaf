/** Why a notification did not arrive: the vocabulary of `doctor`, and of a cell's `cause`. */
export const causes = [
  'healthy',
  'inconclusive',
  'loop-parked',
  'loop-blocked',
  'process-suspended',
  'thread-exited',
  'process-exited',
  'bridge-deadlock',
  'bridge-target-blocked',
  'await-unsettled',
  'never-requested',
  'request-incomplete',
  'intercepted',
  'threadpool-starved',
  'pool-exhausted',
  'connect-stalled',
  'response-stalled',
  'body-stalled',
  'refused',
  'reset',
  'dns-not-found',
  'tls-untrusted',
  'rate-limited',
  'http-error',
  'rejected-by-slack',
  'timer-overflow',
  'timer-unreferenced',
  'clock-replaced',
] as const;
export type Cause = (typeof causes)[number];

/** What a finding can say. */
export type FindingCode = Exclude<Cause, 'healthy'>;

/**
 * Which cause becomes the verdict: the lowest number of those found. Roots come before their symptoms: a parked loop
 * stalls the response, a dead process refuses the next connection.
 */
const order: Readonly<Record<Cause, number>> = {
  'process-suspended': 10,
  'clock-replaced': 20,
  'bridge-deadlock': 30,
  'loop-parked': 40,
  'loop-blocked': 50,
  'bridge-target-blocked': 60,
  'threadpool-starved': 70,
  'pool-exhausted': 80,
  'thread-exited': 90,
  'process-exited': 100,
  'timer-overflow': 110,
  'timer-unreferenced': 120,
  intercepted: 130,
  'tls-untrusted': 140,
  'dns-not-found': 150,
  'request-incomplete': 160,
  'connect-stalled': 170,
  'response-stalled': 180,
  'body-stalled': 190,
  reset: 200,
  refused: 210,
  'rejected-by-slack': 220,
  'rate-limited': 230,
  'http-error': 240,
  'await-unsettled': 250,
  'never-requested': 260,
  inconclusive: 270,
  healthy: 280,
};

/** Sorts the root first. */
export function byRoot(a: { readonly code: Cause }, b: { readonly code: Cause }): number {
  return order[a.code] - order[b.code];
}

/** Whether only the server's response is missing. */
export function isUpToServer(verdict: Cause | null): boolean {
  return verdict === 'response-stalled' || verdict === 'body-stalled';
}
