/** A class whose instance is the object that it is given: what derives from it lays its private fields on that. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: the language's only way to lay a private field on an object.
    return object;
  }
}

/** What the probe knows of the program's objects. */
export interface Marks<Known> {
  of(object: object): Known | null;
  set(object: object, known: Known): void;
}

/**
 * Lays what is known of an object on the object itself as a private field, which the program can't see. A weak map of
 * many short-lived objects keeps them through a young collection or two, and makes each several times dearer.
 */
export function marks<Known>(): Marks<Known> {
  return class Mark extends Given {
    #known: Known | null = null;

    static of(object: object): Known | null {
      return #known in object ? object.#known : null;
    }

    static set(object: object, known: Known): void {
      const marked = #known in object ? object : new Mark(object);
      marked.#known = known;
    }
  };
}
