import { UsageError } from '../../errors.ts';
import { errorCode } from '../../file-error.ts';
import type { SessionOptions } from '../emulator.ts';
import { openHttpServer } from '../http-server.ts';
import { createLocalSession, type Exchange } from '../session.ts';
import { openSocketMode, type SocketMode } from '../socket-mode.ts';
import { answerDispatch, deliver, type EventsTarget } from './dispatch.ts';
import { createPages } from './pages.ts';
import { createReceived } from './received.ts';
import type { ReceivedList, ReceivedMessage } from './received-list.ts';

export interface ServeOptions extends Omit<SessionOptions, 'host'> {
  /** 0 takes a free one. */
  readonly port: number;
  /** Where events are posted to, signed as Slack signs them; default: only down Socket Mode connections. */
  readonly events?: EventsTarget;
  onReceived(message: ReceivedMessage): void;
  /** Every request, also those that post nothing. */
  onExchange(exchange: Exchange): void;
}

/** The emulator for other programs, at plain paths and with a page to look at. */
export interface ServedEmulator {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  readonly baseUrl: string;
  readonly webhookUrl: string;
  received(): ReceivedList;
  close(): void;
}

/** @throws UsageError when the port can't be had. */
export async function serveEmulator(options: ServeOptions): Promise<ServedEmulator> {
  const received = createReceived();
  const pages = createPages(received);
  const session = createLocalSession(options, {
    arrived(arrival, message, rest) {
      for (const piece of [message, ...rest]) {
        const entry = received.add(arrival, piece);
        pages.announce(entry);
        options.onReceived(entry);
      }
    },
    changed: (effect) => pages.change(received.change(effect)),
    settled(exchange) {
      pages.refuse(received.refuse(exchange));
      options.onExchange(exchange);
    },
  });
  let socketMode: SocketMode | null = null;
  const server = await openHttpServer({
    port: options.port,
    route: (path) => ({ session, path }),
    page: (request, response) =>
      pages.answer(request, response) ||
      answerDispatch(request, response, session.workspace, (event) =>
        deliver(event, socketMode, options.events),
      ),
  }).catch((error: unknown) => {
    throw portError(options.port, error);
  });
  socketMode = openSocketMode(server.servers, session.workspace);
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    origin,
    baseUrl: `${origin}/api/`,
    webhookUrl: `${origin}/services/T000/B000/XXXX`,
    received: received.list,
    close() {
      socketMode?.close();
      session.close();
      server.close();
    },
  };
}

function portError(port: number, error: unknown): unknown {
  const remedy = 'choose another with --port, or leave it out to get a free one';
  switch (errorCode(error)) {
    case 'EADDRINUSE':
      return new UsageError(`port ${port} is in use`, 'another program listens there', remedy);
    case 'EACCES':
      return new UsageError(
        `port ${port} is refused by the system`,
        'ports below 1024 are privileged',
        remedy,
      );
    default:
      return error;
  }
}
