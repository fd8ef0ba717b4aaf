export type AlarmChange = 'raised' | 'cleared';

/** A bound and how far back a figure must come until its alert clears: a figure that wavers at the bound alerts once. */
export interface AlarmBound {
  readonly bound: number;
  readonly raises: (actual: number) => boolean;
  readonly clears: (actual: number) => boolean;
}

/** Clears a fifth below the bound. */
export function above(bound: number): AlarmBound {
  return { bound, raises: (actual) => actual > bound, clears: (actual) => actual <= bound * 0.8 };
}

/** For a share: clears when a fifth of what is missing to 1 has been made good. */
export function below(bound: number): AlarmBound {
  const clearAt = bound + (1 - bound) * 0.2;
  return { bound, raises: (actual) => actual < bound, clears: (actual) => actual >= clearAt };
}

/** Reports the changes of one alert. */
export class Alarm {
  readonly #bound: AlarmBound;
  #raised = false;

  constructor(bound: AlarmBound) {
    this.#bound = bound;
  }

  /** `actual` is null where there is too little to judge by: nothing changes then. */
  update(actual: number | null): AlarmChange | null {
    if (actual === null) return null;
    if (!this.#raised && this.#bound.raises(actual)) {
      this.#raised = true;
      return 'raised';
    }
    if (this.#raised && this.#bound.clears(actual)) {
      this.#raised = false;
      return 'cleared';
    }
    return null;
  }
}
