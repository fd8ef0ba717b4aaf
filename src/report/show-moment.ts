/** `2026-11-29 14:49 UTC` */
export function showMoment(iso: string): string {
  return `${iso.slice(0, 16).replace('T', ' ')} UTC`;
}
