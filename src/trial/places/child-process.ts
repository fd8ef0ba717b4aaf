import { fork } from 'node:child_process';
import { once } from 'node:events';
import { builtFile } from '../../package-files.ts';
import { RemoteHeartbeat } from '../../pipeline/heartbeat-port.ts';
import { eventFd, logEvent } from '../event-log.ts';
import type { OpenPlace } from './place.ts';

/** The heartbeat on the main thread of a forked process, which opens the strategy for itself. */
export const openChildProcess: OpenPlace = async ({ spec }) => {
  const child = fork(builtFile('trial/heartbeat.process.js'), [], {
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', eventFd, 'ipc'],
  });
  child.on('exit', (code) => logEvent({ kind: 'sender-ended', code: code ?? 1 }));
  child.send(spec);
  await once(child, 'message');
  const remote = new RemoteHeartbeat((message) => child.send(message));
  return {
    add: (timers) => remote.add(timers),
    cancel: (id) => remote.cancel(id),
    terminate: () => void child.kill('SIGKILL'),
    unreference: () => child.unref(),
    stop: async () => {
      remote.stop();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    },
  };
};
