import { contexts } from '../contexts/index.ts';
import { CallSignals } from '../contexts/signals.ts';
import { LocalHost } from '../delivery/local-sender.ts';
import type { DeliveryHost, Sender } from '../delivery/strategy.ts';
import { CommunicationManager } from '../pipeline/communication-manager.ts';
import { SlackHandler } from '../pipeline/slack-handler.ts';
import { Supervisor } from '../pipeline/supervisor.ts';
import { WorkflowEngine } from '../pipeline/workflow-engine.ts';
import { deliveryOptions } from './delivery-options.ts';
import { logEvent } from './event-log.ts';
import { loggedSend } from './expiry-handler.ts';
import { logLoadEvent } from './load/load-event.ts';
import { confirmingHeartbeat, startLoad } from './load/start-load.ts';
import { UsageMeter } from './load/usage-meter.ts';
import { endWithParent, readSpecLine } from './parent-pipe.ts';
import { places } from './places/index.ts';
import type { PlacedHeartbeat } from './places/place.ts';
import { parseUnoptimised } from './quick-parser.ts';
import { blockMs } from './standstill-time.ts';
import { strategyOf } from './strategy-of.ts';
import { type TrialSpec, timerOf } from './trial.ts';

interface Bot {
  readonly host: DeliveryHost;
  readonly confirmations: Sender;
  readonly placed: PlacedHeartbeat;
}

const spec: TrialSpec = JSON.parse(readSpecLine());
const context = contexts[spec.context];
const meter = spec.load === undefined ? null : new UsageMeter();
const signals = new CallSignals();

// No await at the top level: the bundle that the package runs is CommonJS, which starts sooner.
const opened = openBot();
endWithParent(() => void opened.then(close));
void opened.then(runTimers);

async function openBot(): Promise<Bot> {
  const strategy = await strategyOf(spec);
  const options = deliveryOptions(spec);
  meter?.nameWorkers('I/O thread');
  const host = await strategy.open(options);
  const confirmations = new LocalHost(options).sender;
  meter?.nameWorkers('sender');
  const openPlace = await places[context.place]();
  const placed: PlacedHeartbeat = await openPlace({
    spec,
    context,
    strategy,
    host,
    signals,
    onAboutToCall: () => context.onMain?.(mainThread(placed)),
  });
  return { host, confirmations, placed };
}

async function runTimers({ confirmations, placed }: Bot): Promise<void> {
  if (spec.load !== undefined) {
    context.prepare?.(mainThread(placed));
    meter?.start();
    const confirming = spec.load.path === 'confirmation';
    startLoad(spec, spec.load, confirming ? confirmingHeartbeat(spec.load, confirmations) : placed);
    return;
  }
  // What is compiled for the cache must suit a V8 whose flags nobody has changed.
  if (process.env.TIMER_NOTIFY_WARMS_CACHE === undefined) parseUnoptimised();
  const requests = Array.from({ length: spec.count }, (_, index) => timerOf(spec, index));
  await new Supervisor(workflow(confirmations, placed)).setTimers(requests);
}

function workflow(confirmations: Sender, placed: PlacedHeartbeat): WorkflowEngine {
  const communication = new CommunicationManager([new SlackHandler(loggedSend(confirmations, true, 'main'))]);
  return new WorkflowEngine(
    (timer) => {
      logEvent({ kind: 'timer-set', id: timer.id });
      return communication.confirm(timer);
    },
    {
      add: (timers) => {
        context.prepare?.(mainThread(placed));
        const [first] = timers;
        if (first !== undefined)
          logEvent({ kind: 'timers-started', count: timers.length, dueAtMs: first.dueAtMs });
        placed.add(timers);
      },
      cancel: (id) => placed.cancel(id),
    },
  );
}

/** Closes everything as a program would, then stays: what is still open now would have leaked. */
async function close({ host, confirmations, placed }: Bot): Promise<void> {
  await placed.stop();
  await Promise.all([confirmations.close(), host.close()]);
  logLoadEvent({ kind: 'closed' });
  setInterval(() => {}, 1000);
}

function mainThread(placed: PlacedHeartbeat) {
  return {
    signals,
    log: logEvent,
    blockMs: blockMs(spec.patienceMs),
    terminateSender: () => placed.terminate(),
    unreferenceSender: () => placed.unreference(),
  };
}
