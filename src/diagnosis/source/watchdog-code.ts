/** What only somebody says who watches over work: it is true where that work stands still, and of no other use. */
const watches =
  /\b(?:watch ?dog|dead ?man|stuck|alive|heart ?beats?|not respond\w*|unresponsive|stalled|hung|hangs|no (?:sign|progress|heart ?beat)|no (?:sign|news) of|(?:takes?|taking|took|taken) (?:too|very|so) long|still (?:running|busy)|timed out|went silent|seems dead|looks dead)\b/i;

/** Whether the code of a timer, by its names and what it says, is to tell that something has not come to its end in time. */
export function isWatchdogCode(code: string): boolean {
  return watches.test(code.replaceAll(/(?<=[a-z])(?=[A-Z])|_/g, ' '));
}

/** Names of what waits for a while before it hands on what it was given. */
const putsOff =
  /debounce|throttle|put.?off|flush|save|sync|batch|digest|chang|updat|queue|buffer|collect|outbox|publish|later|soon/i;

/** Whether code, by its names, puts off what it is to send. */
export function isPutOffCode(code: string): boolean {
  return putsOff.test(code);
}
