import { showMs } from '../../time/show-ms.ts';
import { type Loss, loss } from './loss.ts';
import type { Posters } from './posters.ts';
import type { WorkEvent, WorkEventOf } from './work-event.ts';

type Scheduled = WorkEventOf<'scheduled'>;

/** Runs of a scheduled job that its scheduler skipped for good, or that its executor refused. */
export function lostRuns(events: readonly WorkEvent[], posters: Posters): readonly Loss[] {
  const scheduled = events.filter((event) => event.e === 'scheduled');
  const mainEndedAt = events.find(({ e }) => e === 'main-ended')?.t ?? null;
  const ranAgain = new Set(scheduled.flatMap((event) => (event.how === 'ran-again' ? [jobOf(event)] : [])));
  return scheduled.flatMap((event) => {
    if (!event.leads) return [];
    if (event.how === 'refused') return [refused(event, mainEndedAt)];
    if (event.how !== 'too-many-instances' || ranAgain.has(jobOf(event))) return [];
    // A poll that is skipped has missed nothing.
    return event.function !== null && posters.has(event.function) ? [skipped(event)] : [];
  });
}

/** What tells it from others. */
function jobOf({ what, stack: [made = ''] }: Scheduled): string {
  return `${what} ${made}`;
}

function refused({ t, what, stack: made, thread, error }: Scheduled, mainEndedAt: number | null): Loss {
  const details =
    mainEndedAt === null || mainEndedAt > t
      ? []
      : [
          `the main thread had returned ${showMs(t - mainEndedAt)} before: other threads keep the program running, but no executor takes a job any more`,
        ];
  return loss({ how: 'refused-run', thread, what, made, error, details });
}

function skipped({ what, statement, place, stack: made, thread, trigger, instances }: Scheduled): Loss {
  const details = [
    `its trigger was ${trigger}, its max_instances ${instances}: while as many run, a run is skipped, with a warning in the log and no error`,
  ];
  return loss({ how: 'skipped-run', thread, what, made, place: { statement, stack: place }, details });
}
