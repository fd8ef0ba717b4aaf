const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'a part of its path is a file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
};

/** Why the system refused a file, as a person would say it. */
export function whyRefused(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return reasons[errorCode(error)] ?? error.message;
}

/** `ENOENT`; empty where the error has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
