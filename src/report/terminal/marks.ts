/** The signs that every command's output is marked with. */
export const marks = { good: '✔', doubtful: '⚠', bad: '✖', late: '▲', info: 'ℹ', item: '•' } as const;
