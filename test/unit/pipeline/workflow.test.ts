import { describe, expect, it } from 'vitest';
import type { Notification } from '../../../src/notification/notification.ts';
import { CommunicationManager } from '../../../src/pipeline/communication-manager.ts';
import { Heartbeat } from '../../../src/pipeline/heartbeat.ts';
import { MessageBus } from '../../../src/pipeline/message-bus.ts';
import { SlackHandler } from '../../../src/pipeline/slack-handler.ts';
import { Supervisor } from '../../../src/pipeline/supervisor.ts';
import type { Timer } from '../../../src/pipeline/timer.ts';
import { WorkflowEngine } from '../../../src/pipeline/workflow-engine.ts';

const request = { id: 'timer-1', durationMs: 10_000, channel: '#general' };

function slackManager() {
  const sent: Notification[] = [];
  const handler = new SlackHandler(async (notification) => void sent.push(notification));
  return { sent, communication: new CommunicationManager([handler]) };
}

describe('the pipeline', () => {
  it('confirms a timer before it starts it', async () => {
    const { sent, communication } = slackManager();
    const order: string[] = [];
    const engine = new WorkflowEngine(
      async (timer) => {
        await communication.confirm(timer);
        order.push('confirmed');
      },
      { add: () => void order.push('started'), cancel: () => {} },
    );

    await new Supervisor(engine).setTimers([request]);

    expect(order).toEqual(['confirmed', 'started']);
    expect(sent).toMatchObject([
      { id: 'timer-1:confirmation', text: 'Timer set for 10 seconds…', channel: '#general' },
    ]);
  });

  it('counts a timer from its confirmation, and starts the timers of one call at once', async () => {
    const added: Timer[] = [];
    const engine = new WorkflowEngine(async () => {}, {
      add: (timers) => added.push(...timers),
      cancel: () => {},
    });

    await new Supervisor(engine).setTimers([request, { ...request, id: 'timer-2' }]);

    expect(new Set(added.map(({ dueAtMs }) => dueAtMs)).size).toBe(1);
  });

  it('tells the user that the timer has expired', async () => {
    const { sent, communication } = slackManager();

    await communication.expire({ ...request, dueAtMs: 0 });

    expect(sent).toMatchObject([{ id: 'timer-1:expiry', path: 'expiry', text: '⏰ 10s timer expired!' }]);
  });

  it('refuses a channel that no handler serves instead of dropping the message', async () => {
    const { communication } = slackManager();

    await expect(communication.expire({ ...request, channel: 'sms:123', dueAtMs: 0 })).rejects.toThrow(
      'no handler serves the channel "sms:123"',
    );
  });

  it.each(['running', 'parking'] as const)(
    'a %s heartbeat publishes each expired timer once',
    async (rest) => {
      const expired: string[] = [];
      const bus = new MessageBus(() => {});
      const heartbeat = new Heartbeat({ bus, thread: 'main', rest, tickMs: 5 });
      bus.subscribe('timer-expired', ({ timer }) => {
        expired.push(timer.id);
        if (expired.length === 2) heartbeat.stop();
      });
      heartbeat.add([
        { ...request, id: 'second', dueAtMs: 2 },
        { ...request, id: 'first', dueAtMs: 1 },
      ]);

      await heartbeat.run();

      expect(expired).toEqual(['first', 'second']);
      expect(heartbeat.list()).toEqual([]);
    },
  );

  it('goes on ticking after a handler has failed', async () => {
    const errors: unknown[] = [];
    const bus = new MessageBus((_topic, error) => errors.push(error));
    const heartbeat = new Heartbeat({ bus, thread: 'main', rest: 'running', tickMs: 5 });
    bus.subscribe('timer-expired', ({ timer }) => {
      if (timer.id === 'last') heartbeat.stop();
      else throw new Error('handler failed');
    });
    heartbeat.add([{ ...request, id: 'failing', dueAtMs: 1 }]);
    const running = heartbeat.run();
    heartbeat.add([{ ...request, id: 'last', dueAtMs: 2 }]);

    await running;

    expect(errors).toEqual([new Error('handler failed')]);
  });
});
