import { pendingCount } from './requests.cjs';

const connection = 'TCPSocketWrap';
/** What does nothing by itself. */
const silent = /^(?:TCPSocketWrap|TLSWrap|TCPServerWrap)$/;
/** The program's own output: two streams at most. */
const outputs = /^(?:PipeWrap|TTYWrap)$/;
const mostOutputs = 2;
/** The list is dear where there are many connections: it is asked for once in so many beats. */
const askedBeats = 5;

const { getActiveResourcesInfo } = process;

let beats = 0;
let quiet = false;

/**
 * Whether only connections of pending requests, and servers, keep this thread's event loop alive; false where no request
 * is under way.
 */
export function isQuiet(): boolean {
  if (pendingCount() === 0) quiet = false;
  else if (beats++ % askedBeats === 0) quiet = onlyWaits();
  return quiet;
}

function onlyWaits(): boolean {
  const all = getActiveResourcesInfo.call(process);
  // Of a request to its own server, both ends are here.
  const ends = all.includes('TCPServerWrap') ? 2 : 1;
  if (all.filter((name) => name === connection).length > pendingCount() * ends) return false;
  const others = all.filter((name) => !silent.test(name));
  return others.length <= mostOutputs && others.every((name) => outputs.test(name));
}
