import type { AwaitPlace } from './awaits.ts';

export function placeText(at: AwaitPlace): string {
  return `${at.file}:${at.line}:${at.column}${at.function === '' ? '' : ` (${at.function})`}`;
}

/** Frames of the person's own code before those of packages. */
export function ownFirst(frames: readonly string[]): readonly string[] {
  const isPackage = (frame: string) => frame.includes('/node_modules/');
  return [...frames.filter((frame) => !isPackage(frame)), ...frames.filter(isPackage)];
}
