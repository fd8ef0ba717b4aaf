import { closest, distance } from 'fastest-levenshtein';

/** The known word that was probably meant, or null when none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const typed = word.toLowerCase();
  const names = new Map(known.map((name) => [name.toLowerCase(), name]));
  const candidate = closest(typed, [...names.keys()]);
  if (distance(typed, candidate) <= tolerated(candidate) || lettersOf(typed) === lettersOf(candidate))
    return names.get(candidate) ?? null;
  const partly = known.filter((name) => typed.length >= 3 && isPartOf(typed, name.toLowerCase()));
  return partly.length === 1 ? (partly[0] ?? null) : null;
}

/** Its beginning, or its last word: `parked` of loop-parked. */
function isPartOf(typed: string, name: string): boolean {
  return name.startsWith(typed) || name.endsWith(`-${typed}`);
}

/** In a short word two letters are half of it. */
function tolerated({ length }: string): number {
  return length < 5 ? 1 : Math.max(2, Math.floor(length / 3));
}

/** The same in a word whose letters were swapped. */
function lettersOf(word: string): string {
  return [...word].sort().join('');
}
