const quoted = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{[^{}`]*\})*`/.source;
const quotedOrComment = new RegExp(`${quoted}|//[^\\n]*|/\\*[^]*?\\*/`, 'g');

function breaksIn(text: string): string {
  return text.includes('\n') ? text.replaceAll(/[^\n]/g, '') : '';
}

/** What a program says is no sign of what it does. Its lines stay the same. */
export function withoutStrings(source: string): string {
  return source.replace(quotedOrComment, (found) => (found.startsWith('/') ? ' ' : "''") + breaksIn(found));
}
