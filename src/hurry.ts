const waiting = new Set<() => void>();

/** Registers what must not outlive a user in a hurry; returns what takes it back. */
export function onHurry(end: () => void): () => void {
  waiting.add(end);
  return () => waiting.delete(end);
}

/** Ends all that is registered; false where there was nothing. */
export function hurry(): boolean {
  const ends = [...waiting];
  waiting.clear();
  for (const end of ends) end();
  return ends.length > 0;
}
