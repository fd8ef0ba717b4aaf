/** A name without case and signs. */
export function plainText(name: string): string {
  return name.replaceAll(/[^\p{L}\d]/gu, '').toLowerCase();
}
