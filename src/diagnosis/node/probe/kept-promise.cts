/**
 * A promise that was pending when it was looked at. It is kept: were it collected, nobody could see any more which
 * function waits for it. Heap graphs know the class by its name, and do not take it for something that settles it.
 */
export class PromiseKeptByProbe {
  readonly promise: object;

  constructor(promise: object) {
    this.promise = promise;
  }
}
