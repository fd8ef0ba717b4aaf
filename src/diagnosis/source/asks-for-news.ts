/**
 * Whether a request asks its server to wait until there is news, as a long poll does: by what its query asks for, or by its
 * name. It is given to the watched thread as text: it may refer to nothing.
 */
export function asksForNews(method: string, path: string): boolean {
  return (
    /[?&](timeout|wait|wait_?time(_?seconds)?|poll_?timeout|long_?poll|hold|block|watch|follow|stream)=(?!0(&|$)|false)/i.test(
      path,
    ) ||
    /\/getUpdates(\?|$)/i.test(path) ||
    (method === 'GET' &&
      /\/(long_?poll(ing)?|poll|updates|events|watch|subscribe|stream|listen)(\?|$)/i.test(path))
  );
}
