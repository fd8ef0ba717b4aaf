import { appMethods } from './apps.ts';
import { channelMethods } from './channels.ts';
import { chatMethods } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fileMethods } from './files.ts';
import { legacyMethods } from './legacy.ts';
import type { Method } from './method.ts';
import { type ClientMethod, clientMethods, userInfo } from './oauth.ts';
import { peopleMethods } from './people.ts';
import { viewMethods } from './views.ts';

/** Every method but `chat.postMessage`, `auth.test` and `api.test`, which have rules of their own. */
const methods: Readonly<Record<string, Method>> = {
  ...chatMethods,
  ...conversationMethods,
  ...channelMethods,
  ...peopleMethods,
  ...appMethods,
  ...fileMethods,
  ...viewMethods,
  ...legacyMethods,
  'openid.connect.userInfo': userInfo,
};

const special = ['api.test', 'auth.test', 'chat.postMessage'];

/** Every method that the emulator has, in order. */
export const methodNames: readonly string[] = [
  ...special,
  ...Object.keys(methods),
  ...Object.keys(clientMethods),
].sort();

export function methodNamed(name: string): Method | null {
  return Object.hasOwn(methods, name) ? (methods[name] ?? null) : null;
}

/** Methods for which the app says who it is, in place of a token. */
export function clientMethodNamed(name: string): ClientMethod | null {
  const known: Readonly<Record<string, ClientMethod>> = clientMethods;
  return Object.hasOwn(known, name) ? (known[name] ?? null) : null;
}
