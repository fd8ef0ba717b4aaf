/** An error the user can act on: printed as one line `error: what; why; what to do`, exit code 2. */
export class UsageError extends Error {
  readonly what: string;
  readonly why: string;
  readonly remedy: string;

  constructor(what: string, why: string, remedy: string, options?: ErrorOptions) {
    super(`${what}; ${why}; ${remedy}`, options);
    this.name = 'UsageError';
    this.what = what;
    this.why = why;
    this.remedy = remedy;
  }
}

/** Several at once, so that nobody has to correct one to hear of the next: each is printed on a line of its own. */
export class UsageErrors extends UsageError {
  readonly all: readonly UsageError[];

  constructor(first: UsageError, others: readonly UsageError[]) {
    super(first.what, first.why, first.remedy, { cause: first.cause });
    this.all = [first, ...others];
  }
}

/** @throws UsageError with all of them, where there is one. */
export function throwAll([first, ...others]: readonly UsageError[]): void {
  if (first !== undefined) throw others.length === 0 ? first : new UsageErrors(first, others);
}

/** Each of what is wrong. */
export function eachOf(error: UsageError): readonly UsageError[] {
  return error instanceof UsageErrors ? error.all : [error];
}
