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
