import { functionOf } from '../causes-first.ts';
import type { EventOf } from './event.ts';

const keptFunctions = 500;

/** Functions below which a request was made that is more than a question. */
export class Posters {
  readonly #functions = new Set<string>();

  note({ method, stack }: EventOf<'request'>): void {
    if (method === 'GET' || method === 'HEAD' || this.#functions.size >= keptFunctions) return;
    for (const frame of stack) this.#functions.add(functionOf(frame));
  }

  has(place: string): boolean {
    return this.#functions.has(functionOf(place));
  }
}
