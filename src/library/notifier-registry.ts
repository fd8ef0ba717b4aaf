import {
  getEnvironmentData,
  isMainThread,
  MessageChannel,
  type MessagePort,
  postMessageToThread,
  setEnvironmentData,
  threadId,
} from 'node:worker_threads';
import { withCode } from '../delivery/notifier-error.ts';
import { showMs } from '../time/show-ms.ts';
import type { NotifierHandle } from './handle.ts';

/** Where a thread without a handle asks: threads started by this one inherit it. */
const hostThreadKey = 'timer-notify:host-thread';

/** How long, in ms, a thread waits for the one that created the notifier: its loop may be busy. */
const patienceMs = 10_000;

/** What a thread asks the one that created the notifier. */
interface Question {
  readonly timerNotify: 'attach';
  readonly name: string;
  readonly port: MessagePort;
}

type Answer = { readonly handle: unknown } | { readonly problem: string };

type MakeHandle = () => NotifierHandle;

const open = new Map<string, Set<MakeHandle>>();

/** From here on threads find the notifier by its name. Returns the function that ends that. */
export function registerNotifier(name: string, makeHandle: MakeHandle): () => void {
  if (!isMainThread) setEnvironmentData(hostThreadKey, threadId);
  if (open.size === 0) process.on('workerMessage', answer);
  const named = open.get(name) ?? new Set();
  open.set(name, named.add(makeHandle));
  return () => {
    named.delete(makeHandle);
    if (named.size === 0) open.delete(name);
    if (open.size === 0) process.off('workerMessage', answer);
  };
}

/**
 * The value of a handle of the notifier of that name, asked of the thread that created it.
 * @throws Error when there is no such notifier, several, or no answer.
 */
export async function findNotifier(name: string): Promise<unknown> {
  const host = hostThread();
  const result = host === threadId ? handleOf(name).answer : await ask(host, name);
  if ('handle' in result) return result.handle;
  throw withCode('cannot-attach', new Error(`cannot attach to the notifier "${name}"; ${result.problem}`));
}

function hostThread(): number {
  const inherited = getEnvironmentData(hostThreadKey);
  if (open.size > 0) return threadId;
  return typeof inherited === 'number' ? inherited : 0;
}

function ask(host: number, name: string): Promise<Answer> {
  const { port1, port2 } = new MessageChannel();
  const question: Question = { timerNotify: 'attach', name, port: port2 };
  return new Promise((resolve) => {
    const settle = (result: Answer) => {
      clearTimeout(timer);
      port1.close();
      resolve(result);
    };
    const timer = setTimeout(
      () =>
        settle({
          problem: `thread ${host} did not answer within ${showMs(patienceMs)}; is its loop blocked?`,
        }),
      patienceMs,
    );
    port1.on('message', settle);
    postMessageToThread(host, question, [port2]).catch(() => settle({ problem: notOpen }));
  });
}

const notOpen =
  'none is open in this process; call createNotifier in its main thread first (each process opens its own), or pass a handle';

function answer(value: unknown): void {
  if (!isQuestion(value)) return;
  const { answer: result, transferList } = handleOf(value.name);
  value.port.postMessage(result, transferList);
  value.port.close();
}

function handleOf(name: string): { answer: Answer; transferList: NotifierHandle['transferList'] } {
  const [makeHandle, ...others] = open.get(name) ?? [];
  if (makeHandle === undefined) return { answer: { problem: notOpen }, transferList: [] };
  if (others.length > 0) {
    const problem = `${others.length + 1} of that name are open; give each its own with the option name`;
    return { answer: { problem }, transferList: [] };
  }
  const { value, transferList } = makeHandle();
  return { answer: { handle: value }, transferList };
}

function isQuestion(value: unknown): value is Question {
  return (
    typeof value === 'object' && value !== null && 'timerNotify' in value && value.timerNotify === 'attach'
  );
}
