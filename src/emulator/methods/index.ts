import { appMethods } from './apps.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import type { Method } from './method.ts';
import { peopleMethods } from './people.ts';

/** Every method but `chat.postMessage`, `auth.test` and `api.test`, which have rules of their own. */
const methods: Readonly<Record<string, Method>> = {
  ...chatMethods,
  ...conversationMethods,
  ...peopleMethods,
  ...appMethods,
};

export function methodNamed(name: string): Method | null {
  return Object.hasOwn(methods, name) ? (methods[name] ?? null) : null;
}

/** Families of methods that Slack has; what is not emulated of them is told from a typing mistake. */
const families =
  /^(admin|apps|assistant|auth|bookmarks|bots|calls|canvases|chat|conversations|dnd|emoji|entity|files|functions|migration|oauth|openid|pins|reactions|reminders|rtm|search|slackLists|stars|team|tooling|usergroups|users|views|workflows)\.[a-zA-Z.]+$/;

export function isSlackMethod(name: string): boolean {
  return families.test(name);
}
