import type { Sender } from '../../delivery/strategy.ts';
import { Heartbeat } from '../../pipeline/heartbeat.ts';
import { MessageBus } from '../../pipeline/message-bus.ts';
import type { Timer } from '../../pipeline/timer.ts';
import type { TimerStore } from '../../pipeline/workflow-engine.ts';
import { monotonicMs } from '../../time/clock.ts';
import { logEvent } from '../event-log.ts';
import { type TrialSpec, timerIdOf } from '../trial.ts';
import { CallLog } from './call-log.ts';
import { logLoadEvent } from './load-event.ts';
import { loadHandler } from './load-handler.ts';
import { Refill } from './refill.ts';
import { initialTimers, scheduleOf, type TrialLoad } from './trial-load.ts';

/** From handing the timers over to the first that is due, in ms; a thread needs about 10 µs to take in one. */
const leadMs = 50;
const leadMsATimer = 0.01;

/** Hands the load's timers to the heartbeat. All of them are there before the first is due. */
export function startLoad(spec: TrialSpec, load: TrialLoad, store: Pick<TimerStore, 'add'>): void {
  const count = initialTimers(load);
  const intervalMs = scheduleOf(load)?.intervalMs ?? 0;
  const startAtMs = monotonicMs() + leadMs + count * leadMsATimer;
  const timers = Array.from(
    { length: count },
    (_, index): Timer => ({
      id: timerIdOf(spec, index),
      durationMs: spec.afterMs,
      dueAtMs: startAtMs + index * intervalMs,
      channel: spec.channel,
    }),
  );
  store.add(timers);
  logLoadEvent({ kind: 'load-started', startAtMs });
}

/** Confirmations always leave from main, by its own client, whatever the context and the strategy. */
export function confirmingHeartbeat(load: TrialLoad, sender: Sender): Heartbeat {
  const log = new CallLog();
  const bus = new MessageBus((_topic, error) => {
    logEvent({ kind: 'subscriber-error', message: error instanceof Error ? error.message : String(error) });
  });
  const refill = load.arrival.mode === 'closed' ? new Refill(load, (timers) => heartbeat.add(timers)) : null;
  bus.subscribe('timer-expired', loadHandler({ load, sender, awaited: true, log, refill }));
  const heartbeat = new Heartbeat({
    bus,
    thread: 'main',
    rest: 'running',
    tickMs: 50,
    afterCalls: () => log.flush(),
  });
  void heartbeat.run();
  return heartbeat;
}
