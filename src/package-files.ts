/**
 * A file of the build, by its path below `src` and with its built ending. Asked here because the bundle moves code
 * between files, and this module always lies at the top of the build.
 */
export function builtFile(path: string): URL {
  return new URL(`./${path}`, import.meta.url);
}

/** A file that ships as it is, by its path in the package. */
export function shippedFile(path: string): URL {
  return new URL(`../${path}`, import.meta.url);
}
