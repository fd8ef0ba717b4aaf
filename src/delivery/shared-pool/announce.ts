import { BroadcastChannel } from 'node:worker_threads';
import type { Announcement } from './protocol.ts';

/**
 * Reaches every I/O thread and main without the help of any other thread's loop. The channel is open only for the
 * moment, because an open one would have to read what others announce.
 */
export function announce(channel: string, announcement: Announcement): void {
  const broadcast = new BroadcastChannel(channel);
  broadcast.postMessage(announcement);
  broadcast.close();
}

/** Listens without keeping the thread alive; returns the function that stops it. */
export function onAnnouncement(channel: string, listener: (announcement: Announcement) => void): () => void {
  const broadcast = new BroadcastChannel(channel);
  broadcast.onmessage = (event) => {
    if (isAnnouncementEvent(event)) listener(event.data);
  };
  broadcast.unref();
  return () => broadcast.close();
}

/** Only senders of this pool know the channel's name, so the kind of event is all there is to see. */
function isAnnouncementEvent(event: unknown): event is { readonly data: Announcement } {
  return typeof event === 'object' && event !== null && 'data' in event;
}
