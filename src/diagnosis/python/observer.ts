import { delimiter, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UsageError } from '../../errors.ts';
import { shippedFile } from '../../package-files.ts';
import { monotonicMs } from '../../time/clock.ts';
import type { Observer, ObserverOptions } from '../collect/observer.ts';
import { ProcessSamples, type SuspendedBetween } from '../collect/process-samples.ts';
import { createRecordDirectory } from '../collect/record-directory.ts';
import { RecordTail } from '../collect/tail.ts';
import { decodePythonEvent } from './event.ts';
import { askForStacks, holderIn } from './held-stacks.ts';
import { PythonJoiner } from './joiner.ts';

/** A silent process is asked, or its answer read, every so many polls. */
const askPolls = 10;
/** Whether the kernel lets a process run is looked at every so many polls. */
const samplePolls = 5;

const probe = fileURLToPath(shippedFile('src/diagnosis/python/probe/'));

/** Watches Python processes. */
export function observePython({ isRelevant, hangAfterMs }: ObserverOptions): Observer {
  const directory = createRecordDirectory();
  const joiner = new PythonJoiner(isRelevant);
  const samples = new ProcessSamples();
  const gone = new Set<number>();
  const suspended: SuspendedBetween = (pid, from, to) =>
    samples.suspendedBetween(pid, from, to, hangAfterMs / 2);
  // Paths as the user would write them where the program was started, in JSON.
  const prefix = `${process.cwd()}${sep}`;
  const here = JSON.stringify(prefix).slice(1, -1);
  const tail = new RecordTail(directory.path, fileName, (pid, line) => {
    const event = decodePythonEvent(line.replaceAll(here, ''));
    if (event !== null) joiner.add(Number(pid), event);
  });
  const silent = new SilentProcesses(joiner, directory.path, prefix);
  return {
    environment: (env) => ({
      ...env,
      PYTHONPATH: [probe, env.PYTHONPATH ?? ''].filter((folder) => folder !== '').join(delimiter),
      TIMER_NOTIFY_RECORD: directory.path,
    }),
    poll: () => tail.poll(),
    get pids() {
      return joiner.pids;
    },
    owns: directory.owns,
    get firstStatementAt() {
      return joiner.firstAt;
    },
    // The probe's own thread looks into blocked threads, as long as it comes to run.
    lookAround: (polls) => {
      if (polls % samplePolls === 0)
        for (const pid of joiner.pids) if (!gone.has(pid)) samples.take(pid, monotonicMs());
      if (polls % askPolls === 0) silent.look();
    },
    isEnding: () => false,
    isStarved: () => false,
    watchOn: async () => {},
    lookOnceMore: async () => {},
    processGone: (pid, _at, code, signal) => {
      gone.add(pid);
      joiner.processGone(pid, code, signal);
    },
    // Its probe reports at the end.
    provisionally: () => null,
    finish: (end) => joiner.finish(end, suspended),
    unobservableError: (command) => (joiner.pids.length === 0 ? unwatched(command) : null),
    close: () => {
      tail.close();
      directory.remove();
    },
  };
}

/** Asks processes that have been silent where their threads are, and reads what they say. */
class SilentProcesses {
  /** Of those that were asked: since when they had been silent, and where what they say begins. */
  readonly #asked = new Map<number, { readonly since: number; readonly offset: number }>();
  readonly #joiner: PythonJoiner;
  readonly #directory: string;
  /** Of the paths that stand below the folder where the program was started. */
  readonly #prefix: string;

  constructor(joiner: PythonJoiner, directory: string, prefix: string) {
    this.#joiner = joiner;
    this.#directory = directory;
    this.#prefix = prefix;
  }

  look(): void {
    for (const { pid, since, offer } of this.#joiner.silent(monotonicMs())) {
      const asked = this.#asked.get(pid);
      if (asked?.since === since) this.#read(pid, asked.offset);
      else this.#ask(pid, since, offer);
    }
  }

  #ask(pid: number, since: number, offer: Parameters<typeof askForStacks>[1]): void {
    const offset = askForStacks(pid, offer, this.#directory);
    if (offset !== null) this.#asked.set(pid, { since, offset });
  }

  #read(pid: number, offset: number): void {
    const holder = holderIn(pid, this.#directory, offset);
    if (holder === null) return;
    const stack = holder.stack.map((frame) => frame.replace(this.#prefix, ''));
    this.#joiner.heldBy(pid, { ...holder, stack });
  }
}

/** `<pid>.jsonl`. */
function fileName(file: string) {
  const writer = /^(\d+)\.jsonl$/.exec(file)?.[1];
  return writer === undefined ? null : { writer, serial: 0 };
}

function unwatched(command: readonly string[]): UsageError {
  return new UsageError(
    `no Python process of "${command.join(' ')}" could be watched`,
    'the command starts none, or starts it with -I, -E or -S or without its PYTHONPATH, or it is older than 3.9',
    'start the program directly, for example: timer-notify doctor --runtime python -- python3 app.py',
  );
}
