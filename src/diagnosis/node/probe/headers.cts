/** One header of a raw list of names and values, as Node and undici hand them over; null where it is not there. */
export function headerIn(raw: readonly unknown[], name: string): string | null {
  for (let index = 0; index + 1 < raw.length; index += 2) {
    if (isNamed(raw[index], name)) return String(raw[index + 1]);
  }
  return null;
}

function isNamed(key: unknown, name: string): boolean {
  if (typeof key === 'string') {
    return key.length === name.length && (key === name || key.toLowerCase() === name);
  }
  if (!(key instanceof Uint8Array) || key.length !== name.length) return false;
  for (let index = 0; index < name.length; index++) {
    // Names are ASCII: their letters differ in one bit, and a dash has it set.
    if (((key[index] ?? 0) | 0x20) !== name.charCodeAt(index)) return false;
  }
  return true;
}
