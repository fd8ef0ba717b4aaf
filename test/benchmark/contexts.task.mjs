// A Piscina task and a BullMQ processor, whose hosts let the thread stand still when it has returned.
import { attachNotifier } from 'timer-notify';
import { sendAll } from './contexts.sending.mjs';

const notifier = await attachNotifier();

export default async function expire(task) {
  void sendAll(notifier, typeof task === 'number' ? task : task.data);
}
