const registered = new Set<() => void>();

/** Registers what to do when the user forces the end by a second signal; returns what takes it back. */
export function onForcedEnd(end: () => void): () => void {
  registered.add(end);
  return () => registered.delete(end);
}

/** Ends all that is registered; false where there was nothing. */
export function forceEnd(): boolean {
  const ends = [...registered];
  registered.clear();
  for (const end of ends) end();
  return ends.length > 0;
}
