import type { Tracked } from './requests.cjs';

/** A class whose instance is the object that it is given: what derives from it lays its private fields on that. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the language's only way to lay a private field on an object.
    return object;
  }
}

/**
 * What the probe knows of a client's request, laid on it as a private field: invisible to the program, and a weak map
 * of many short-lived objects would cost each collection dearly.
 */
export class Mark extends Given {
  readonly #tracked: Tracked;

  constructor(request: object, tracked: Tracked) {
    super(request);
    this.#tracked = tracked;
  }

  static of(request: object): Tracked | null {
    return #tracked in request ? request.#tracked : null;
  }
}
