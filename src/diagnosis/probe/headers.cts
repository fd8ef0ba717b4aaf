/** One header of a raw list of names and values, as Node and undici hand them over; null where it is not there. */
export function headerIn(raw: readonly unknown[], name: string): string | null {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const key = raw[index];
    const length = typeof key === 'string' || key instanceof Uint8Array ? key.length : 0;
    if (length === name.length && String(key).toLowerCase() === name) return String(raw[index + 1]);
  }
  return null;
}
