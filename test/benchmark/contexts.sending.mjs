/** Hands over so many, without letting this thread's loop turn in between. */
export function sendAll(notifier, count) {
  return Promise.all(
    Array.from({ length: count }, (_, index) =>
      notifier.send({ id: `timer-${index}`, channel: '#general', text: '⏰ 10s timer expired!' }),
    ),
  );
}

export async function expectDelivered(sent) {
  const other = (await sent).find(({ status }) => status !== 'delivered');
  if (other !== undefined) throw new Error(`not delivered: ${JSON.stringify(other)}`);
}
