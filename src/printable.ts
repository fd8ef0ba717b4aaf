/**
 * What a terminal acts on rather than shows, what begins a new line, and what reorders or breaks the text around it:
 * control characters (escape sequences among them), line separators, bidirectional controls, half characters. Joiners
 * stay, because emoji are made with them.
 */
const steering = String.raw`\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Noncharacter_Code_Point}\p{Bidi_Control}`;
const anySteering = new RegExp(`[${steering}]+`, 'gu');
const steeringBesidesColours = new RegExp(String.raw`\u001b\[[\d;]*m|(?![\n\t])[${steering}]`, 'gu');
const steeringWithinLines = new RegExp(`(?:(?![\n\t])[${steering}])+`, 'gu');

/** Text from a server or a program, fit for one line of a terminal, a table or an error. */
export function printable(text: string): string {
  return text.replace(anySteering, ' ');
}

/** Lines that the program has written itself, colours included, so that whatever else got into them can't steer a terminal. */
export function printableOnTerminal(text: string): string {
  return text.replace(steeringBesidesColours, (match) => (match.endsWith('m') ? match : ' '));
}

/** As `printable`, where line breaks and tabs are wanted. */
export function printableLines(text: string): string {
  return text.replace(steeringWithinLines, ' ');
}
