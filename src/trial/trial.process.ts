import { contexts } from '../contexts/index.ts';
import { CallSignals } from '../contexts/signals.ts';
import { LocalSender } from '../delivery/local-sender.ts';
import { CommunicationManager } from '../pipeline/communication-manager.ts';
import { SlackHandler } from '../pipeline/slack-handler.ts';
import { Supervisor } from '../pipeline/supervisor.ts';
import { WorkflowEngine } from '../pipeline/workflow-engine.ts';
import { deliveryOptions } from './delivery-options.ts';
import { logEvent } from './event-log.ts';
import { loggedSend } from './expiry-handler.ts';
import { endWithParent, readSpecLine } from './lifeline.ts';
import { places } from './places/index.ts';
import type { PlacedHeartbeat } from './places/place.ts';
import { blockMs } from './standstill-time.ts';
import { strategyOf } from './strategy-of.ts';
import { type TrialSpec, timerOf } from './trial.ts';

const spec: TrialSpec = JSON.parse(readSpecLine());
endWithParent();

const context = contexts[spec.context];
const strategy = await strategyOf(spec);
const options = deliveryOptions(spec);
const host = await strategy.open(options);
const confirmations = new LocalSender(options);
const signals = new CallSignals();

const openPlace = await places[context.place]();
const placed: PlacedHeartbeat = await openPlace({
  spec,
  context,
  strategy,
  host,
  signals,
  onAboutToCall: () => context.onMain?.(mainThread()),
});

const communication = new CommunicationManager([new SlackHandler(loggedSend(confirmations, true, 'main'))]);
const engine = new WorkflowEngine(
  (timer) => {
    logEvent({ kind: 'timer-set', id: timer.id });
    return communication.confirm(timer);
  },
  {
    add: (timers) => {
      context.prepare?.(mainThread());
      const [first] = timers;
      if (first !== undefined)
        logEvent({ kind: 'timers-started', count: timers.length, dueAtMs: first.dueAtMs });
      placed.add(timers);
    },
    cancel: (id) => placed.cancel(id),
  },
);
const requests = Array.from({ length: spec.count }, (_, index) => timerOf(spec, index));
await new Supervisor(engine).setTimers(requests);

function mainThread() {
  return {
    signals,
    log: logEvent,
    blockMs: blockMs(spec.patienceMs),
    terminateSender: () => placed.terminate(),
    unreferenceSender: () => placed.unreference(),
  };
}
