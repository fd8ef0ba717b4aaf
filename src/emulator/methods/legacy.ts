import type { Method } from './method.ts';

/** Retired methods that bots still call: https://docs.slack.dev/changelog/2024-04-a-better-way-to-upload-files-is-here-to-stay */
const retired: Method = () => ({ error: 'method_deprecated' });

export const legacyMethods = {
  'files.upload': retired,
  'rtm.start': retired,
  'dialog.open': retired,
} as const satisfies Readonly<Record<string, Method>>;
