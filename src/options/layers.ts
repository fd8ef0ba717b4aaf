import { throwAll, UsageError } from '../errors.ts';
import { protectUrl } from '../slack/redact.ts';
import { acceptToken } from '../slack/token.ts';
import { type LoadedConfigFile, surveyConfigFile } from './config-file.ts';
import {
  type Declared,
  declared,
  type Effective,
  type Given,
  type SettingKey,
  settings,
} from './settings.ts';

/** What one source says; what it does not say is left to the next. */
export type Layer = { readonly [Key in SettingKey]?: Given };

export interface ConfigRequest {
  /** The value of `--config`. */
  readonly file: string | undefined;
  /** Where a configuration file is looked for when none is named. */
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the flags say. */
  readonly flags: Layer;
  /** Is told which file was read, and what of it is not in effect. */
  readonly onNote?: (note: string) => void;
}

/**
 * Flags over environment over file over defaults.
 * @throws UsageError naming the key, the line or the variable of everything that is wrong.
 */
export function loadConfig(request: ConfigRequest): Effective {
  const { effective, problems } = surveyConfig(request);
  throwAll(problems);
  return effective;
}

export interface SurveyedConfig {
  /** What is in effect, without what is wrong. */
  readonly effective: Effective;
  readonly problems: readonly UsageError[];
}

/** The same with everything that is wrong in the file and the environment. */
export function surveyConfig({ file, directory, env, flags, onNote }: ConfigRequest): SurveyedConfig {
  const surveyed = surveyConfigFile(file, directory);
  introduce(surveyed?.file ?? null, onNote);
  const environment = surveyEnvironment(env);
  return {
    effective: resolve([flags, environment.layer, ...(surveyed === null ? [] : [fileLayer(surveyed.file)])]),
    problems: [...environment.problems, ...(surveyed?.problems ?? [])],
  };
}

function introduce(file: LoadedConfigFile | null, onNote: ConfigRequest['onNote']): void {
  if (file === null || onNote === undefined) return;
  for (const note of [`configuration: ${file.what}`, ...file.doubts]) onNote(note);
}

/** Earlier layers win; defaults fill what nobody set. */
export function resolve(layers: readonly Layer[]): Effective {
  return settings.parse(Object.assign({}, ...layers.toReversed()));
}

/** Of the flags that were given, by their setting. */
export function flagLayer(given: Readonly<Record<string, unknown>>): Layer {
  return layerOf(({ key, flag }) => {
    const value = given[key];
    return value === undefined || flag === null ? undefined : { value, source: 'flag', where: flag };
  });
}

export function fileLayer(file: LoadedConfigFile): Layer {
  return layerOf((setting) => {
    const own = setting.file === null ? undefined : found(file, setting.file);
    if (own !== undefined) return own;
    const { botFile } = setting;
    const bot = botFile === undefined ? undefined : found(file, botFile.key);
    return bot === undefined ? undefined : { ...bot, value: botFile?.convert(bot.value) };
  });
}

/** What the variables say, without what is wrong. */
export function surveyEnvironment(env: NodeJS.ProcessEnv): { layer: Layer; problems: readonly UsageError[] } {
  const problems: UsageError[] = [];
  const layer = layerOf((setting) => {
    try {
      return readVariable(env, setting);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(error);
      return undefined;
    }
  });
  return { layer, problems };
}

function readVariable(env: NodeJS.ProcessEnv, setting: Declared): Given | undefined {
  const { variable, secret } = setting;
  const text = variable === null ? undefined : env[variable];
  if (variable === null || text === undefined || text === '') return undefined;
  const read = secret === true ? acceptSecret(variable, text) : text;
  return { value: parseVariable(variable, read, setting), source: 'environment', where: variable };
}

function layerOf(read: (setting: Declared) => Given | undefined): Layer {
  const layer: Record<string, Given> = {};
  for (const setting of declared) {
    const given = read(setting);
    if (given !== undefined) layer[setting.key] = given;
  }
  return layer;
}

function found(file: LoadedConfigFile, key: string): Given | undefined {
  const value = file.valueOf(key);
  if (value === undefined) return undefined;
  const line = file.lineOf(key.split('.'));
  return { value, source: 'file', where: line === null ? file.name : `${file.name}:${line}` };
}

/** A secret is protected before it can be refused. */
function acceptSecret(variable: string, text: string): string {
  if (variable === 'SLACK_BOT_TOKEN') return acceptToken(text, variable);
  protectUrl(text);
  return text.trim();
}

/** The variable's text, or the number or switch that it stands for. */
function parseVariable(name: string, text: string, { schema }: Declared): unknown {
  const asText = schema.safeParse(text);
  if (asText.success) return text;
  const scalar = scalarOf(text);
  const asScalar = schema.safeParse(scalar);
  if (asScalar.success) return scalar;
  const reason = asText.error.issues[0]?.code === 'invalid_type' ? asScalar.error : asText.error;
  throw new UsageError(
    `bad value of ${name}`,
    reason.issues[0]?.message.replace(/^Invalid input: /, '') ?? 'it is not valid',
    'correct the environment variable, or unset it',
  );
}

function scalarOf(text: string): string | number | boolean {
  const word = text.trim().toLowerCase();
  if (word === 'true' || word === 'false') return word === 'true';
  const number = Number(word);
  return word === '' || Number.isNaN(number) ? text : number;
}
