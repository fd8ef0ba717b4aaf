// What the guide of @slack/web-api promises, seen with one version of it: node documented.mjs web-api-7
// https://docs.slack.dev/tools/node-slack-sdk/web-api
const { WebClient, ErrorCode, LogLevel, retryPolicies, WebClientEvent } = (await import(process.argv[2]))
  .default;
const slackApiUrl = process.env.SLACK_API_URL;
const quick = { retries: 3, minTimeout: 1, maxTimeout: 1 };
const open = (token, more = {}) =>
  new WebClient(token, { slackApiUrl, logLevel: LogLevel.ERROR, retryConfig: quick, ...more });
const slack = open('xoxb-test');

/** An error as its reader tells it from others; what the call gave where there was none. */
async function told(call) {
  try {
    const { ok, channel } = await call;
    return { ok, channel };
  } catch (error) {
    const kind = Object.entries(ErrorCode).find(([, code]) => code === error.code)?.[0] ?? error.message;
    const { data, statusCode, retryAfter } = error;
    return {
      kind,
      ...(data && { error: data.error }),
      ...(statusCode && { statusCode }),
      ...(retryAfter && { retryAfter }),
    };
  }
}

const post = (client, more = {}) => client.chat.postMessage({ channel: '#general', text: 'hello', ...more });
const seen = {};

seen.dynamicName = (await slack.apiCall('chat.postMessage', { channel: '#general', text: 'by name' })).ok;
seen.tokenByCall = (await open(undefined).auth.test({ token: 'xoxb-test' })).ok;
seen.platformError = await told(slack.users.info({ user: '...' }));
seen.httpError = await told(post(open('xoxb-test-status-503', { retryConfig: { retries: 0 } })));
seen.requestError = await told(post(open('xoxb-test-reset', { retryConfig: { retries: 0 } })));

// "Web API requests are automatically retried"
seen.retriedAfterReset = (await post(open('xoxb-test-reset:first-2'))).ok;
seen.retriedAfter500 = (await post(open('xoxb-test-status-500:first-2'))).ok;
seen.notRetriedAfterAnError = await told(post(open('xoxb-test-ok-false:fatal_error:first-1')));

// "the client will wait for as long as Retry-After says", and tells of it
const limited = open('xoxb-test-rate-limit:1s:first-1');
seen.rateLimitedFor = [];
limited.on(WebClientEvent?.RATE_LIMITED ?? 'rate_limited', (seconds) => seen.rateLimitedFor.push(seconds));
seen.retriedAfterRateLimit = (await post(limited)).ok;
seen.rejected = await told(post(open('xoxb-test-rate-limit:7s:first-1', { rejectRateLimitedCalls: true })));
seen.policies = Object.hasOwn(retryPolicies, 'tenRetriesInAboutThirtyMinutes');

// Pagination, by iteration and by functions
const pages = [];
for await (const page of slack.paginate('users.list', { limit: 3 })) pages.push(page.members.length);
seen.pages = pages;
seen.reduced = await slack.paginate(
  'users.list',
  { limit: 1 },
  () => false,
  (sum = 0, page) => sum + page.members.length,
);
let read = 0;
await slack.paginate('users.list', { limit: 1 }, () => ++read === 2);
seen.stoppedAfter = read;

// Modals
const view = (text) => ({
  type: 'modal',
  title: { type: 'plain_text', text },
  blocks: [{ type: 'section', text: { type: 'plain_text', text } }],
});
const opened = await slack.views.open({ trigger_id: '1.2', view: view('Modal title') });
const changed = await slack.views.update({ view_id: opened.view.id, view: view('Updated') });
seen.modal = [changed.view.id === opened.view.id, changed.view.title.text];

// Uploads: a buffer, several files of one message, and what is wrong with them
const uploaded = await slack.filesUploadV2({
  channel_id: 'C0GENERAL',
  initial_comment: 'two files',
  file_uploads: [
    { file: Buffer.from('one'), filename: 'one.txt', title: 'One' },
    { content: 'two', filename: 'two.log' },
  ],
});
seen.uploaded = uploaded.files.flatMap(({ files }) => files.map(({ title, size }) => [title, size]));

process.stdout.write(`${JSON.stringify(seen)}\n`);
