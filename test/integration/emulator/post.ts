import { Agent, request } from 'undici';

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface PostOptions {
  readonly token?: string;
  readonly contentType?: string;
  readonly body?: string;
  readonly method?: string;
  readonly signal?: AbortSignal;
}

export const message = {
  channel: '#general',
  text: '⏰ 10s timer expired!',
  metadata: { event_type: 'timer_notify', event_payload: { id: 'n1', path: 'expiry', thread: 'worker-1' } },
};

/** One request on a connection of its own, so that a connection one fault has cut can't reach the next test. */
export async function post(baseUrl: string, options: PostOptions = {}): Promise<Reply> {
  const dispatcher = new Agent({ pipelining: 0 });
  try {
    const reply = await request(`${baseUrl}${options.method ?? 'chat.postMessage'}`, {
      method: 'POST',
      dispatcher,
      signal: options.signal ?? null,
      headers: {
        ...(options.contentType === ''
          ? {}
          : { 'content-type': options.contentType ?? 'application/json; charset=utf-8' }),
        ...(options.token === '' ? {} : { authorization: `Bearer ${options.token ?? 'xoxb-test-token'}` }),
      },
      body: options.body ?? JSON.stringify(message),
    });
    return { status: reply.statusCode, headers: reply.headers, body: await reply.body.text() };
  } finally {
    await dispatcher.destroy();
  }
}

/** The same, with the error's code or name for a reply that never came whole. */
export async function tryPost(baseUrl: string, signal?: AbortSignal): Promise<Reply | { code: string }> {
  try {
    return await post(baseUrl, signal === undefined ? {} : { signal });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { code: 'code' in error && typeof error.code === 'string' ? error.code : error.name };
  }
}
