import { expect, it } from 'vitest';
import { portsAsked } from '../../../src/diagnosis/inspect/proc.ts';
import { Joiner } from '../../../src/diagnosis/node/joiner.ts';
import { diagnose } from '../../../src/diagnosis/rules/index.ts';
import { answered, beats, main, type Recording, requestStarts, threadStarts } from './recorded.ts';

/** Local and remote address, state, and bytes unsent and unread, as the kernel writes them. */
function line(state: string, unread: number): readonly string[] {
  const bytes = unread.toString(16).padStart(8, '0');
  return ['0:', '0100007F:0BB8', '0100007F:D431', state, `00000000:${bytes}`];
}

it.each([
  ['bytes', '01', 120, [3000]],
  ['nothing', '01', 0, []],
  ['the end of a connection', '08', 1, []],
  ['bytes of somebody who has hung up since', '08', 121, [3000]],
  ['connections that nobody has accepted', '0A', 2, []],
] as const)('where %s came to a port', (_, state, unread, ports) => {
  expect([...portsAsked([line(state, unread)])]).toEqual(ports);
});

const server: Recording = [
  threadStarts(main),
  [main, { e: 'listen', t: 50, port: 3000 }],
  ...beats(main, 0, 1000),
  requestStarts(main, { t: 1005 }),
  ...answered(main, 1010),
];
const sends = (is: boolean): Recording[number] => [main, { e: 'server-sends', port: 3000, sends: is }];

it.each([
  ['has sent something for each request', [sends(true)], [3000], 'loop-blocked'],
  ['has sent something for none', [], [3000], 'inconclusive'],
  ['has sent something for the first ones only', [sends(true), sends(false)], [3000], 'inconclusive'],
  ['has not been asked meanwhile', [sends(true)], [], 'inconclusive'],
] as const)('where a server whose loop is blocked %s', (_, rest, unheardOn, verdict) => {
  const joiner = new Joiner(() => true);
  for (const [thread, event] of [...server, ...rest]) joiner.add(thread, event);
  for (const thread of joiner.threads) thread.unheardOn = unheardOn;
  const record = joiner.finish({ kind: 'timeout', at: 6000, exitCode: null, signal: null });
  expect(diagnose(record, { hangAfterMs: 2000 }).verdict).toBe(verdict);
});
