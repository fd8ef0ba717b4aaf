/** Compares the three numbers of two versions; what follows them is not looked at. */
export function isBefore(version: string, other: string): boolean {
  const [left, right] = [numbersOf(version), numbersOf(other)];
  const place = left.findIndex((number, index) => number !== right[index]);
  return place !== -1 && (left[place] ?? 0) < (right[place] ?? 0);
}

export function majorOf(version: string): number {
  return numbersOf(version)[0] ?? 0;
}

function numbersOf(version: string): readonly number[] {
  const match = version.match(/(\d+)\.(\d+)\.(\d+)/);
  return match === null ? [0, 0, 0] : match.slice(1).map(Number);
}
