/** What runs a program that is watched, or a trial. */
export const runtimes = ['node', 'python'] as const;
export type Runtime = (typeof runtimes)[number];
