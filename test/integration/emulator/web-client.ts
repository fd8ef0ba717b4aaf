import { LogLevel, WebClient, type WebClientOptions } from '@slack/web-api';

/** Slack's own client, which tries each call once. */
export function clientOf(
  { baseUrl }: { readonly baseUrl: string },
  token = 'xoxb-test-token',
  more: WebClientOptions = {},
): WebClient {
  return new WebClient(token, {
    slackApiUrl: baseUrl,
    logLevel: LogLevel.ERROR,
    retryConfig: { retries: 0 },
    ...more,
  });
}

/** Slack's error code, or null where there was none. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => null,
    (error: unknown) => Object(Object(error).data).error ?? Object(error).code,
  );
}
