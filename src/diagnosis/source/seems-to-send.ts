const sendingCall =
  /\b(fetch|axios|got|superagent|request)\s*\(|\.(request|post|put|patch|get|fetch|send\w*|postMessage|publish|deliver|notify|write)\s*\(|\b(send|notify|post|deliver|publish)\w*\s*\(/i;

/** Whether code, by the names of what it calls, sends something: a look knows no more of it. */
export function seemsToSend(code: string): boolean {
  return sendingCall.test(code);
}
