import type { Rank } from '../model/bench.ts';

/** `parked, hang:10%`: where it was measured, but for the path of expiries, which is the usual one. */
export function showRanked({ context, path, fault }: Pick<Rank, 'context' | 'path' | 'fault'>): string {
  return [context, path === 'expiry' ? '' : path, fault ?? ''].filter((part) => part !== '').join(', ');
}

/** `3.59 ± 0.40 ×`; where the rounds differ by so much that it may be as good as the best, that can't be told. */
export function showFactor({ factor, uncertainty }: Pick<Rank, 'factor' | 'uncertainty'>): string {
  if (uncertainty === null) return `${factor.toFixed(2)} ×${factor > 1 ? ', one round: can’t tell' : ''}`;
  const doubt = factor > 1 && factor - uncertainty <= 1 ? ', can’t tell' : '';
  return `${factor.toFixed(2)} ± ${uncertainty.toFixed(2)} ×${doubt}`;
}
