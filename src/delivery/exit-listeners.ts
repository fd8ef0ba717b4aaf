/** Run in the order of their adding, after every other listener of the process's exit. */
const listeners = new Set<() => void>();

/**
 * Runs `listener` when this thread's process exits, after what others have registered for that, also later on: they may
 * still send. Returns the function that ends that.
 */
export function onExitLast(listener: () => void): () => void {
  if (listeners.size === 0) {
    process.on('exit', runAll);
    process.on('newListener', stayLast);
  }
  listeners.add(listener);
  return () => {
    if (!listeners.delete(listener) || listeners.size > 0) return;
    process.off('exit', runAll);
    process.off('newListener', stayLast);
  };
}

function runAll(): void {
  for (const listener of listeners) listener();
}

function stayLast(event: string | symbol, added: unknown): void {
  if (event !== 'exit' || added === runAll) return;
  // The event comes before the listener is added.
  queueMicrotask(() => {
    if (listeners.size === 0) return;
    process.off('exit', runAll);
    process.on('exit', runAll);
  });
}
