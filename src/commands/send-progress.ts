import type { Progress } from '../report/terminal/progress.ts';
import { countdownText } from '../report/terminal/send.ts';
import { monotonicMs } from '../time/clock.ts';
import { showMs } from '../time/show-ms.ts';
import type { TrialEvent } from '../trial/trial-event.ts';

/** Often enough for a display in whole seconds. */
const refreshMs = 200;

export interface SendWatch {
  onEvent(event: TrialEvent): void;
  stop(): void;
}

/** Shows the person who waits: the confirmation as soon as it is there, then the countdown, then the expiry's request. */
export function watchSend(progress: Progress, { afterMs }: { readonly afterMs: number }): SendWatch {
  let countdown: NodeJS.Timeout | undefined;
  const stopCountdown = () => clearInterval(countdown);
  const startCountdown = (dueAtMs: number) => {
    const show = () => progress.tick(countdownText(dueAtMs - monotonicMs()));
    progress.step(`timer set; it expires in ${showMs(afterMs)}`);
    show();
    countdown = setInterval(show, refreshMs);
  };
  progress.step('sending the confirmation');
  return {
    onEvent(event) {
      switch (event.kind) {
        case 'outcome':
          if (event.path === 'confirmation' && event.outcome.status === 'delivered') {
            progress.line(
              `confirmation delivered${event.outcome.ts === null ? '' : ` to ${event.outcome.channel}`}`,
            );
          }
          return;
        case 'timers-started':
          startCountdown(event.dueAtMs);
          return;
        case 'calling':
          if (event.path !== 'expiry') return;
          stopCountdown();
          progress.step(`timer expired; making POST request... (${event.thread})`);
          return;
      }
    },
    stop() {
      stopCountdown();
      progress.stop();
    },
  };
}
