import { UsageError } from '../errors.ts';
import { checkNotification } from '../notification/check-notification.ts';
import type { Notification } from '../notification/notification.ts';
import { describeProblems } from '../notification/problem.ts';
import { SlackHandler } from '../pipeline/slack-handler.ts';
import { proxyFor } from '../slack/proxy.ts';
import { buildRequest, type HttpRequest } from '../slack/request.ts';
import type { Target } from '../slack/target.ts';
import { emulatorToken } from '../slack/token.ts';
import type { SendRequest } from './send.ts';
import { timerOf } from './trial.ts';

/** Where an emulator would be: it is not started for a plan. */
const plannedEmulator: Target = {
  kind: 'bot',
  baseUrl: 'http://127.0.0.1/api/',
  token: emulatorToken,
};

export interface PlannedRequest extends HttpRequest {
  readonly notification: Pick<Notification, 'id' | 'path'>;
  /** The proxy it would go through; null where there is none. */
  readonly proxy: string | null;
}

/**
 * The requests that `send` would make, the confirmation's first.
 * @throws UsageError for a message that Slack would refuse and for a bad proxy.
 */
export async function plannedRequests(
  request: Omit<SendRequest, 'interrupted' | 'onEvent'>,
): Promise<readonly PlannedRequest[]> {
  const target = request.target ?? plannedEmulator;
  return (await notificationsOf(request)).map((notification) => {
    const problems = checkNotification(notification);
    if (problems.length > 0) {
      throw new UsageError(
        `Slack would refuse the ${notification.path}`,
        describeProblems(problems),
        '`timer-notify send --help` shows the options',
      );
    }
    const { id, path } = notification;
    const http = buildRequest(target, notification, path === 'confirmation' ? 'main' : request.context);
    return { ...http, notification: { id, path }, proxy: proxyFor(http.origin, process.env) };
  });
}

async function notificationsOf(
  request: Omit<SendRequest, 'interrupted' | 'onEvent'>,
): Promise<readonly Notification[]> {
  const notifications: Notification[] = [];
  const handler = new SlackHandler(async (notification) => void notifications.push(notification));
  const timer = { ...timerOf(request, 0), dueAtMs: 0 };
  await handler.confirm(timer);
  await handler.expire(timer);
  return notifications;
}
