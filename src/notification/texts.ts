import { formatDuration, spellDuration } from './duration.ts';

export function confirmationText(durationMs: number): string {
  return `Timer set for ${spellDuration(durationMs)}…`;
}

export function expiryText(durationMs: number): string {
  return `⏰ ${formatDuration(durationMs)} timer expired!`;
}
