import { attachNotifier } from 'timer-notify';

export async function withHandle({ handle, message }) {
  const notifier = await attachNotifier(handle);
  try {
    return await notifier.send(message);
  } finally {
    await notifier.close();
  }
}
