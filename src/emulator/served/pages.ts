import type { IncomingMessage, ServerResponse } from 'node:http';
import { redact } from '../../slack/redact.ts';
import { isLoopback } from '../loopback.ts';
import { renderLivePage } from './live-page.ts';
import type { Received, ReceivedChange, ReceivedMessage } from './received.ts';

/** What a browser may ask for: the live page, its feed, and the list as JSON. */
export interface Pages {
  /** False when this is none of them. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** Shows the message on every page that is open. */
  announce(message: ReceivedMessage): void;
  /** Shows on every page what became of a message. */
  change(change: ReceivedChange | null): void;
}

const mostUnreadBytes = 16 * 1024 * 1024;

export function createPages(received: Received): Pages {
  const watchers = new Set<ServerResponse>();
  const tellAll = (event: string, data: unknown) => {
    if (watchers.size === 0) return;
    const text = `event: ${event}\ndata: ${redact(JSON.stringify(data))}\n\n`;
    for (const watcher of watchers) {
      watcher.write(text);
      // A page that reads nothing, as in a sleeping tab, asks for the list again when it is back.
      if (watcher.writableLength > mostUnreadBytes) watcher.destroy();
    }
  };
  const clear = () => {
    received.clear();
    tellAll('cleared', null);
  };
  return {
    announce: (message) => tellAll('message', message),
    change: (change) => {
      if (change !== null) tellAll('change', change);
    },
    answer(request, response) {
      // The messages are for this machine only.
      if (!isLoopback(request.headers.host)) return false;
      request.resume();
      switch (`${request.method} ${request.url}`) {
        case 'GET /':
        case 'HEAD /':
          sendPage(response, renderLivePage(received.list()));
          return true;
        case 'GET /received':
          sendJson(response, received.list());
          return true;
        case 'DELETE /received':
          clear();
          response.writeHead(204).end();
          return true;
        case 'GET /events':
          watch(response, watchers);
          return true;
        default:
          return false;
      }
    },
  };
}

function sendPage(response: ServerResponse, html: string): void {
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy':
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:",
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(redact(html));
}

function sendJson(response: ServerResponse, value: unknown): void {
  const body = redact(JSON.stringify(value, null, 2));
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(`${body}\n`);
}

/** Server-sent events: https://html.spec.whatwg.org/multipage/server-sent-events.html */
function watch(response: ServerResponse, watchers: Set<ServerResponse>): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  response.write('retry: 1000\n\n');
  watchers.add(response);
  response.once('close', () => watchers.delete(response));
}
