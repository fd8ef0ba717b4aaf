const quoted = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{[^{}`]*\})*`/.source;
const quotedOrComment = new RegExp(`${quoted}|//[^\\n]*|/\\*[^]*?\\*/`, 'g');

/** What a program says is no sign of what it does. */
export function withoutStrings(source: string): string {
  return source.replace(quotedOrComment, (found) => (found.startsWith('/') ? ' ' : "''"));
}
