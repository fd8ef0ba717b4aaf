import { describe, expect, it } from 'vitest';
import { MessageBus } from '../../../src/pipeline/message-bus.ts';

const event = {
  timer: { id: 'timer-1', dueAtMs: 0, durationMs: 10, channel: '#general' },
  thread: 'worker-1',
  lateByMs: 0,
};

describe('MessageBus', () => {
  it('reports a subscriber that throws and still calls the others', async () => {
    const errors: unknown[] = [];
    const called: string[] = [];
    const bus = new MessageBus((_topic, error) => errors.push(error));
    bus.subscribe('timer-expired', () => {
      throw new Error('broken subscriber');
    });
    bus.subscribe('timer-expired', () => void called.push('second'));

    await bus.publish('timer-expired', event);

    expect(called).toEqual(['second']);
    expect(errors).toEqual([new Error('broken subscriber')]);
  });

  it('reports a subscriber that rejects', async () => {
    const errors: unknown[] = [];
    const bus = new MessageBus((topic, error) => errors.push([topic, error]));
    bus.subscribe('timer-expired', () => Promise.reject(new Error('rejected later')));

    await bus.publish('timer-expired', event);

    expect(errors).toEqual([['timer-expired', new Error('rejected later')]]);
  });

  it('calls its subscribers before publish returns', () => {
    const called: string[] = [];
    const bus = new MessageBus(() => {});
    bus.subscribe('timer-expired', ({ timer }) => void called.push(timer.id));

    void bus.publish('timer-expired', event);

    expect(called).toEqual(['timer-1']);
  });

  it('calls nobody after the subscription has ended', async () => {
    const called: string[] = [];
    const bus = new MessageBus(() => {});
    const unsubscribe = bus.subscribe('timer-expired', ({ timer }) => void called.push(timer.id));
    unsubscribe();

    await bus.publish('timer-expired', event);

    expect(called).toEqual([]);
  });
});
