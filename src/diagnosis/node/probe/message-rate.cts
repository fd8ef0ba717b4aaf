const windowMs = 100;
/** More than so many in one window, and only some of the messages are reported. */
const calmMessages = 100;

let windowStart = 0;
let messages = 0;
let flood = false;

/** One more message is posted or taken, at this time; whether this thread has too many to report each. */
export function isInFlood(at: number): boolean {
  if (at - windowStart > windowMs) {
    flood = messages > calmMessages;
    windowStart = at;
    messages = 0;
  }
  messages++;
  return flood;
}
