import type { Holder } from './suspended.ts';

/** Node's classes in a person's words; one of the program's own is known to it by its name. */
const words: readonly (readonly [RegExp, string])[] = [
  [/^(?:Timeout|FastTimer|TimersList)$/, 'a timer'],
  [/^Immediate$/, 'a setImmediate callback'],
  [
    /^(?:ClientRequest|RedirectableRequest|Request|(?:Request|Stream|Pipeline|Connect|Upgrade)Handler|Fetch|ClientHttp2Stream)$/,
    'a request',
  ],
  [/^IncomingMessage$/, 'a response'],
  [/^Client$/, 'a connection of undici'],
  [/^ClientHttp2Session$/, 'an HTTP/2 connection'],
  [/^(?:Socket|TLSSocket|TCP|TLSWrap|TCPConnectWrap)$/, 'a socket'],
  [/^(?:Pipe|PipeConnectWrap)$/, 'a pipe'],
  [/^Server$/, 'a server'],
  [/^(?:FSReqCallback|FSReqPromise|FileHandle)$/, 'a file operation'],
  [/^Get(?:AddrInfo|NameInfo)ReqWrap$/, 'a name lookup'],
  [/^(?:ChildProcess|Process)$/, 'a child process'],
  [/^Interface$/, 'a line reader'],
  [/^(?:Readable\w*Stream|ReadStream|WriteStream)$/, 'a stream'],
  [/^MessagePort$/, 'a message port'],
  [/^Worker$/, 'a worker thread'],
  [/^BroadcastChannel$/, 'a broadcast channel'],
  [/^process$/, 'an event of the process'],
  [/^(?:Listener|EventTarget)$/, 'an event listener'],
  [/^EventEmitter$/, 'an event emitter'],
  [/^AbortSignal$/, 'an abort signal'],
  [/Job$/, 'a job of libuv’s pool'],
];

/** In which Node keeps what it has not given to `on()` of events yet, and the like. */
const nodesQueue = /^Fixed(?:CircularBuffer|Queue)\b/;

/** Whether it is filled by events that a program waits for in `for await (… of on(…))`. */
export function isNodesQueue({ kind, text }: Holder): boolean {
  return kind === 'program' && nodesQueue.test(text);
}

/** What V8 itself keeps can be reached from all that there is. */
const mostTold = 8;

/** Each once. */
export function holdersList(holders: readonly Holder[]): string {
  const texts = [...new Set(holders.map(holderText))];
  const rest = texts.length - mostTold;
  return `${texts.slice(0, mostTold).join(', ')}${rest > 0 ? ` and ${rest} others` : ''}`;
}

function holderText({ kind, text }: Holder): string {
  if (isNodesQueue({ kind, text })) return 'a queue of Node’s';
  if (kind === 'program') return text;
  return (
    words.find(([pattern]) => pattern.test(text))?.[1] ?? (kind === 'timer' ? `a timer of ${text}` : text)
  );
}
