import { isObject, type JsonObject } from '../../json-object.ts';
import { type MessageContent, readMessage } from '../message.ts';
import { postingOf } from '../posting.ts';
import { bot, type Upload } from '../workspace.ts';
import {
  invalidArguments,
  jsonOf,
  type Method,
  type MethodInput,
  type MethodResult,
  namesOf,
  newId,
  pageOf,
  textOf,
} from './method.ts';

const getUploadUrl: Method = ({ workspace, values, origin }) => {
  const name = textOf(values.filename);
  const length = Number(textOf(values.length));
  if (name === '') return invalidArguments('missing required field: filename');
  if (!Number.isInteger(length) || length <= 0) return invalidArguments('missing required field: length');
  const id = newId('F');
  if (!workspace.uploads.set(id, { id, name, length, received: null, file: null })) return noRoom;
  return { fields: { file_id: id, upload_url: `${origin}/upload/v1/${id}` } };
};

/** As a team that takes no more files. */
const noRoom: MethodResult = {
  error: 'file_uploads_disabled',
  details: { messages: ['[ERROR] the emulator keeps no more files; delete some with files.delete'] },
};

/** Files are shared by a message in each channel that is named; without one they stay private. */
const completeUpload: Method = (input) => {
  const { workspace, values } = input;
  const files = jsonOf(values.files);
  if (!Array.isArray(files) || files.length === 0) return invalidArguments('missing required field: files');
  const uploads = files.map((file) => workspace.uploads.get(isObject(file) ? textOf(file.id) : ''));
  const content = commentOf(values);
  if ('error' in content) return { error: content.error, details: { messages: content.messages } };
  const named = [...namesOf(values.channel_id), ...namesOf(values.channels)];
  const channels: { readonly id: string; readonly name: string }[] = [];
  for (const name of named) {
    const channel = workspace.findChannel(name);
    if ('error' in channel) return channel;
    channels.push({ id: channel.id, name });
  }
  const done: JsonObject[] = [];
  for (const [index, upload] of uploads.entries()) {
    if (upload === undefined || upload.received === null) return { error: 'file_not_found' };
    const title = isObject(files[index]) ? textOf(files[index].title) : '';
    upload.file = fileFields(input, upload, title === '' ? upload.name : title);
    done.push(upload.file);
  }
  const author = workspace.author(values);
  const [first, ...rest] = channels.map(
    ({ id, name }) =>
      postingOf(workspace, content, {
        channel: id,
        channelName: name,
        via: 'files.completeUploadExternal',
        author,
        files: done,
      }).message,
  );
  return {
    fields: { files: done },
    ...(first === undefined ? {} : { effect: { kind: 'posted', message: first, rest } }),
  };
};

/** What stands above the files: a comment, or blocks, or nothing. */
function commentOf(values: MethodInput['values']): ReturnType<typeof readMessage> {
  const { initial_comment: text, blocks, thread_ts } = values;
  const has = textOf(text) !== '' || (blocks !== undefined && blocks !== '');
  const content = readMessage(has ? { text, blocks, thread_ts } : { text: ' ', thread_ts });
  return has || 'error' in content ? content : ({ ...content, text: '' } satisfies MessageContent);
}

function fileFields(
  { values, origin }: MethodInput,
  { id, name, received }: Upload,
  title: string,
): JsonObject {
  const now = Math.trunc(Date.now() / 1000);
  const filetype = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? 'text';
  return {
    id,
    created: now,
    timestamp: now,
    name,
    title,
    filetype,
    pretty_type: filetype.toUpperCase(),
    mimetype: mimetypes[filetype] ?? 'application/octet-stream',
    user: bot.user,
    size: received,
    mode: 'hosted',
    is_external: false,
    is_public: true,
    channels: [...namesOf(values.channel_id), ...namesOf(values.channels)],
    permalink: `${origin}/files/${bot.user}/${id}/${encodeURIComponent(name)}`,
  };
}

const mimetypes: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  gif: 'image/gif',
  jpg: 'image/jpeg',
  json: 'application/json',
  log: 'text/plain',
  md: 'text/markdown',
  pdf: 'application/pdf',
  png: 'image/png',
  txt: 'text/plain',
  zip: 'application/zip',
};

const info: Method = ({ workspace, values }) => {
  const file = workspace.uploads.get(textOf(values.file))?.file ?? null;
  return file === null ? { error: 'file_not_found' } : { fields: { file } };
};

/** Pages by number, as older methods do. */
const list: Method = ({ workspace, values }) => {
  const all = workspace.uploads
    .values()
    .flatMap(({ file }) => (file === null ? [] : [file]))
    .reverse();
  const count = Math.min(Math.max(Math.trunc(Number(textOf(values.count))) || 100, 1), 1000);
  const page = Math.max(Math.trunc(Number(textOf(values.page))) || 1, 1);
  const cursor = Buffer.from(`from:${(page - 1) * count}`).toString('base64');
  return {
    fields: {
      files: pageOf(all, { cursor, limit: count })?.items ?? [],
      paging: { count, total: all.length, page, pages: Math.ceil(all.length / count) },
    },
  };
};

const remove: Method = ({ workspace, values }) =>
  workspace.uploads.delete(textOf(values.file)) ? { fields: {} } : { error: 'file_not_found' };

export const fileMethods = {
  'files.getUploadURLExternal': getUploadUrl,
  'files.completeUploadExternal': completeUpload,
  'files.info': info,
  'files.list': list,
  'files.delete': remove,
} as const satisfies Readonly<Record<string, Method>>;
