import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type Document, isMap, isNode, isSeq, LineCounter, parseDocument } from 'yaml';
import * as z from 'zod';
import { throwAll, UsageError } from '../errors.ts';
import { whyRefused } from '../file-error.ts';
import { isObject } from '../json-object.ts';
import { nearest } from '../nearest.ts';
import { declared } from './settings.ts';
import { whyUnparsable } from './yaml-fault.ts';

export type KeyPath = readonly PropertyKey[];

export interface LoadedConfigFile {
  /** As the user would name it. */
  readonly name: string;
  /** What a dotted key holds, as the file has it; undefined where it has none. */
  valueOf(key: string): unknown;
  /** The line of a key, from 1. */
  lineOf(path: KeyPath): number | null;
  /** Its name, and what of it is read where that is not all. */
  readonly what: string;
  /** What of it is not in effect though it may be meant for us. */
  readonly doubts: readonly string[];
}

const ownNames = ['timer-notify.config.yaml', 'timer-notify.config.yml', 'timer-notify.config.json'];

/** A bot's own configuration. Many programs have a file of this name, so it counts only when it holds our keys. */
const sharedName = 'config.yaml';
const keysOfSharedFile = ['communication', 'enable_threading_fix', 'rollout_percentage'];

/**
 * Whose file it is. In one of ours, every key must be ours; a bot's own one has others, which are not our matter. One
 * that was only found beside us is never refused.
 */
type Owner = 'ours' | 'a bot’s, named' | 'a bot’s, found';

export interface SurveyedConfigFile {
  /** Without what is wrong. */
  readonly file: LoadedConfigFile;
  /** Each names the file, the key and the line. */
  readonly problems: readonly UsageError[];
}

/**
 * The file named by the user, or the first that is found in `directory`, or null.
 * @throws UsageError for everything that is wrong with it.
 */
export function loadConfigFile(named: string | undefined, directory: string): LoadedConfigFile | null {
  const surveyed = surveyConfigFile(named, directory);
  return surveyed === null ? null : withoutProblems(surveyed);
}

/** The same with everything that is wrong in it. @throws UsageError when the file that was named can't be read. */
export function surveyConfigFile(named: string | undefined, directory: string): SurveyedConfigFile | null {
  if (named !== undefined)
    return surveyText(named, read(named), ownNames.includes(basename(named)) ? 'ours' : 'a bot’s, named');
  const own = ownNames.find((name) => existsSync(join(directory, name)));
  if (own !== undefined) return surveyText(own, read(join(directory, own)), 'ours');
  const shared = readShared(join(directory, sharedName));
  return shared !== null && isOurs(shared) ? surveyText(sharedName, shared, 'a bot’s, found') : null;
}

function withoutProblems({ file, problems }: SurveyedConfigFile): LoadedConfigFile {
  throwAll(problems);
  return file;
}

/**
 * Whatever a command does with the file that was named: one that is not there is a slip of the hand. It is not read,
 * which a pipe can be only once.
 * @throws UsageError where it can't be read.
 */
export function refuseUnreadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw unreadable(file, error);
  }
  if (statSync(file).isDirectory()) read(file);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): UsageError {
  return new UsageError(`cannot read the configuration ${file}`, whyRefused(error), 'check the path', {
    cause: error,
  });
}

/** Null where there is none that can be read: nobody has asked for it. */
function readShared(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function isOurs(text: string): boolean {
  const { contents } = parseDocument(text);
  return isMap(contents) && keysOfSharedFile.some((key) => contents.has(key));
}

/** @throws UsageError for everything that is wrong with it. */
export function parseConfigFile(name: string, text: string): LoadedConfigFile {
  return withoutProblems(surveyText(name, text, 'ours'));
}

/** JSON is read as YAML too, which gives both the same positions. */
function surveyText(name: string, text: string, owner: Owner): SurveyedConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (path: KeyPath) => lineOfKey(document.contents, path, lines);
  const content = contentOf(name, text, document);
  if (content instanceof UsageError) {
    const none = { name, valueOf: () => undefined, lineOf, what: name };
    return owner === 'a bot’s, found'
      ? { file: { ...none, doubts: [notInEffect(content)] }, problems: [] }
      : { file: { ...none, doubts: [] }, problems: [content] };
  }
  const issues = fileSchema.safeParse(content).error?.issues ?? [];
  const wrong = issues.filter(({ code }) => code !== 'unrecognized_keys').map(({ path }) => path.join('.'));
  const valueAt = (key: string) =>
    wrong.some((path) => path === '' || `${key}.`.startsWith(`${path}.`) || path.startsWith(`${key}.`))
      ? undefined
      : key.split('.').reduce(property, content);
  const ours = owner === 'ours' ? issues : issues.filter(isOfOurKey);
  const told = ours.flatMap((issue) => explain(name, issue, lineOf));
  const unread = owner === 'ours' ? [] : issues;
  const isFound = owner === 'a bot’s, found';
  // Beside our own keys, in a file that was named for us, a near miss is a slip.
  const misspelt = lookalikes(
    name,
    unread.filter(({ path }) => path.length > 0),
    lineOf,
  );
  const perhaps = lookalikes(
    name,
    unread.filter(({ path }) => path.length === 0),
    lineOf,
  );
  return {
    file: {
      name,
      valueOf: valueAt,
      lineOf,
      what: owner === 'ours' ? name : partly(name, valueAt, told.length + misspelt.length > 0),
      doubts: [...(isFound ? [...told, ...misspelt] : []), ...perhaps].map(notInEffect),
    },
    problems: isFound ? [] : [...told, ...misspelt],
  };
}

/** What it holds, or why that can't be said. */
function contentOf(name: string, text: string, document: Document.Parsed): unknown {
  const fault = whyUnparsable(name, text, document);
  if (fault !== null) return fault;
  try {
    return document.toJS() ?? {};
  } catch (error) {
    return new UsageError(
      `cannot read ${name}`,
      'its aliases (*name) expand to too much',
      'write out the values',
      { cause: error },
    );
  }
}

/** The keys that are read, in both shapes. */
const ourKeys: readonly string[] = declared.flatMap(({ file, botFile }) => [
  ...(file === null ? [] : [file]),
  ...(botFile === undefined ? [] : [botFile.key]),
]);

/** What a bot has under a name that only begins one of our keys means something else. */
function isOfOurKey({ code, path }: Issue): boolean {
  const place = `${path.join('.')}.`;
  return (
    code !== 'unrecognized_keys' && (path.length === 0 || ourKeys.some((key) => place.startsWith(`${key}.`)))
  );
}

/** Keys of a bot's own file that may be meant for us: a secret beside our keys, or a name that is nearly one of ours. */
function lookalikes(
  name: string,
  issues: readonly Issue[],
  lineOf: LoadedConfigFile['lineOf'],
): readonly UsageError[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys
          .filter(
            (key) =>
              nearest(key, keysAt(issue.path)) !== null || (issue.path.length > 0 && adviceOn(key) !== null),
          )
          .map((key) => unknownKey(name, issue.path, key, lineOf))
      : [],
  );
}

function partly(name: string, valueAt: LoadedConfigFile['valueOf'], hasProblems: boolean): string {
  const read = ourKeys.filter((key) => valueAt(key) !== undefined);
  if (read.length > 0) return `${name}, of which only these keys are read: ${read.join(', ')}`;
  return hasProblems
    ? `${name}, in which each of timer-notify’s keys has an error`
    : `${name}, which has none of timer-notify’s keys`;
}

function notInEffect({ message }: UsageError): string {
  return `not in effect: ${message}`;
}

type Tree = { readonly [key: string]: Tree | z.ZodType };

/** Every key that a setting declares for the file; both shapes may stand in one file. */
const fileSchema = strictTree(
  declared
    .flatMap(({ file, schema, botFile }) => [
      ...(file === null ? [] : [{ key: file, schema }]),
      ...(botFile === undefined ? [] : [botFile]),
    ])
    .reduce<Tree>((tree, { key, schema }) => withLeaf(tree, key.split('.'), schema), {}),
);

function withLeaf(tree: Tree, [key = '', ...rest]: readonly string[], schema: z.ZodType): Tree {
  if (rest.length === 0) return { ...tree, [key]: schema };
  const inner = tree[key];
  const branch = inner === undefined || inner instanceof z.ZodType ? {} : inner;
  return { ...tree, [key]: withLeaf(branch, rest, schema) };
}

function strictTree(tree: Tree): z.ZodType {
  return z.strictObject(
    Object.fromEntries(
      Object.entries(tree).map(([key, node]) => [
        key,
        (node instanceof z.ZodType ? node : strictTree(node)).optional(),
      ]),
    ),
  );
}

/** For editors: `# yaml-language-server: $schema=node_modules/timer-notify/dist/schema/config.schema.json`. */
export function configJsonSchema(): object {
  return {
    $id: 'urn:timer-notify:config',
    title: 'timer-notify configuration',
    ...z.toJSONSchema(fileSchema, { io: 'input' }),
  };
}

function lineOfKey(root: unknown, path: KeyPath, lines: LineCounter): number | null {
  let node = root;
  let line: number | null = null;
  for (const key of path) {
    if (isSeq(node)) {
      node = node.items[Number(key)];
      if (isNode(node) && node.range) line = lines.linePos(node.range[0]).line;
      continue;
    }
    if (!isMap(node)) return line;
    const pair = node.items.find((item) => isNode(item.key) && String(item.key) === String(key));
    if (pair === undefined) return line;
    if (isNode(pair.key) && pair.key.range) line = lines.linePos(pair.key.range[0]).line;
    node = pair.value;
  }
  return line;
}

type Issue = z.core.$ZodIssue;

function explain(name: string, issue: Issue, lineOf: LoadedConfigFile['lineOf']): readonly UsageError[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => unknownKey(name, issue.path, key, lineOf));
  if (issue.code === 'invalid_type' && issue.expected === 'object')
    return [noKeys(issue.path, place(name, lineOf(issue.path)))];
  return [
    new UsageError(
      `bad value of ${dotted(issue.path)} in ${place(name, lineOf(issue.path))}`,
      firstLine(issue.message),
      'correct it; timer-notify send --print-config shows what is in effect',
    ),
  ];
}

/** A list or a single value, or nothing at all, where there are to be keys. */
function noKeys(path: KeyPath, where: string): UsageError {
  return path.length === 0
    ? new UsageError(
        `bad value of the file ${where}`,
        'it holds no keys',
        `write for example slack: and below it, indented, channel: '#general'; the keys are: ${keysAt(path).join(', ')}`,
      )
    : new UsageError(
        `bad value of ${dotted(path)} in ${where}`,
        `it needs keys below it: ${keysAt(path).join(', ')}`,
        'write one of them, indented, or remove it',
      );
}

function unknownKey(
  name: string,
  parent: KeyPath,
  key: string,
  lineOf: LoadedConfigFile['lineOf'],
): UsageError {
  const known = keysAt(parent);
  const suggestion = nearest(key, known);
  return new UsageError(
    `unknown key ${dotted([...parent, key])} in ${place(name, lineOf([...parent, key]))}`,
    adviceOn(key) ?? `the keys there are: ${known.join(', ')}`,
    suggestion === null ? 'remove it' : `did you mean "${suggestion}"?`,
  );
}

function adviceOn(key: string): string | null {
  return /token|webhook/.test(key) && !key.endsWith('_file')
    ? 'a secret does not belong in a file that is shared: use SLACK_BOT_TOKEN, SLACK_WEBHOOK_URL or slack.token_file'
    : null;
}

/** The keys that the schema knows at a path, read from its published form so that there is one truth. */
function keysAt(path: KeyPath): readonly string[] {
  let schema: unknown = configJsonSchema();
  for (const key of path) schema = property(property(schema, 'properties'), key);
  const properties = property(schema, 'properties');
  return isObject(properties) ? Object.keys(properties) : [];
}

function property(value: unknown, key: PropertyKey): unknown {
  return isObject(value) ? Reflect.get(value, key) : undefined;
}

function dotted(path: KeyPath): string {
  return path.length === 0 ? 'the file' : path.map(String).join('.');
}

function place(name: string, line: number | null): string {
  return line === null ? name : `${name}:${line}`;
}

function firstLine(text: string): string {
  return text.split('\n')[0]?.replace(/^Invalid input: /, '') ?? text;
}
