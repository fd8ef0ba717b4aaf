import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { builtFile } from '../../package-files.ts';
import { redact } from '../../slack/redact.ts';
import { isLoopback } from '../loopback.ts';
import type { Received } from './received.ts';
import type { ReceivedChange, ReceivedMessage, RefusedRequest } from './received-list.ts';

/** What a browser may ask for: the live page, its feed, and the list as JSON. */
export interface Pages {
  /** False when this is none of them. */
  answer(request: IncomingMessage, response: ServerResponse): boolean;
  /** Shows the message on every page that is open. */
  announce(message: ReceivedMessage): void;
  /** Shows on every page what became of a message. */
  change(change: ReceivedChange | null): void;
  /** Shows on every page a request that was refused. */
  refuse(request: RefusedRequest | null): void;
}

/** The live page, by path; its sources are in `page/`. */
const files: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/': { file: 'index.html', type: 'text/html' },
  '/page.css': { file: 'page.css', type: 'text/css' },
  '/page.js': { file: 'page.js', type: 'text/javascript' },
};

const mostUnreadBytes = 16 * 1024 * 1024;

export function createPages(received: Received): Pages {
  const watchers = new Set<ServerResponse>();
  const reportAll = (event: string, data: unknown) => {
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
    reportAll('cleared', null);
  };
  return {
    announce: (message) => reportAll('message', message),
    change: (change) => {
      if (change !== null) reportAll('change', change);
    },
    refuse: (request) => {
      if (request !== null) reportAll('refused', request);
    },
    answer(request, response) {
      // The messages are for this machine only.
      if (!isLoopback(request.headers.host)) return false;
      request.resume();
      const { method, url = '/' } = request;
      if ((method === 'GET' || method === 'HEAD') && Object.hasOwn(files, url)) {
        sendFile(response, url);
        return true;
      }
      switch (`${method} ${url}`) {
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

function sendFile(response: ServerResponse, path: string): void {
  const { file = '', type = '' } = files[path] ?? {};
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy':
      "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:",
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(readFileSync(builtFile(`emulator/served/page/${file}`)));
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
