/** What a program says is no sign of what it does. */
const quoted =
  /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\$]|\\.|\$(?!\{)|\$\{[^{}`]*\})*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;

const sendingCall =
  /\b\w*(?:fetch|notif|request|send|post|push|slack|axios|got|publish|expir|deliver|webhook|remind|alert|announce)\w*\s*\(/i;

/** Calls that are named so and send nothing. */
const otherCalls =
  /\b(?:(?:process|worker|port|parentPort|child|channel|socket|ws|res|response|reply|console)\s*\.\s*(?:send|post\w*|push)|postMessage|\w+\s*\.\s*push|removeEventListener|addEventListener)\s*\(/g;

/** Whether code, by the names of what it calls, sends something. */
export function sends(code: string): boolean {
  return sendingCall.test(code.replace(quoted, "''").replace(otherCalls, '('));
}

const farewell = /stop|shut|bye|exit|offline|going down|disconnect|cleanup|clean-up/i;

/** Whether it sends something, and not when the program comes to its end. */
export function sendsInService(code: string): boolean {
  return sends(code) && !farewell.test(code);
}
