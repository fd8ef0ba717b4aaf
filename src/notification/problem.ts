/** Something that Slack would refuse. */
export interface Problem {
  /** Path in the payload, for example `blocks[3].elements[0].text`. */
  readonly field: string;
  readonly problem: string;
  readonly remedy: string;
}

/** One line per problem: what; why is in it; what to do. */
export function describeProblems(problems: readonly Problem[]): string {
  return problems.map(({ field, problem, remedy }) => `${field} ${problem}; ${remedy}`).join('; ');
}

export function tooLong(field: string, value: unknown, limit: number): readonly Problem[] {
  if (typeof value !== 'string' || value.length <= limit) return [];
  return [
    {
      field,
      problem: `has ${value.length} characters; Slack takes at most ${limit}`,
      remedy: 'shorten it',
    },
  ];
}

export function tooMany(field: string, list: readonly unknown[], limit: number): readonly Problem[] {
  if (list.length <= limit) return [];
  return [
    { field, problem: `has ${list.length} entries; Slack takes at most ${limit}`, remedy: 'send fewer' },
  ];
}
