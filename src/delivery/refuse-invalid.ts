import { checkNotification } from '../notification/check-notification.ts';
import type { Notification } from '../notification/notification.ts';
import { describeProblems } from '../notification/problem.ts';
import { failure } from './failure.ts';
import type { SendOutcome } from './outcome.ts';

/** What Slack would refuse is reported before any request; null where there is nothing. */
export function refuseInvalid(notification: Notification): SendOutcome | null {
  const problems = checkNotification(notification);
  if (problems.length === 0) return null;
  const message = describeProblems(problems);
  return failure(notification.id, 'invalid-notification', { message, retryable: false, ambiguous: false });
}
