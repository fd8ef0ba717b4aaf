import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import * as z from 'zod';
import { UsageError } from '../../errors.ts';

const oldest = [3, 9] as const;

/** A Python that can run the trials. */
export interface Interpreter {
  readonly command: string;
  readonly version: string;
  readonly aiohttp: string;
  readonly requests: string;
}

const foundSchema = z.object({
  version: z.tuple([z.number(), z.number(), z.number()]),
  executable: z.string(),
  aiohttp: z.string().nullable(),
  requests: z.string().nullable(),
});
type Found = z.infer<typeof foundSchema>;

const question = `
import json, sys
def version(name):
    try:
        return getattr(__import__(name), "__version__", "unknown")
    except Exception:
        return None
print(json.dumps({"version": list(sys.version_info[:3]), "executable": sys.executable,
                  "aiohttp": version("aiohttp"), "requests": version("requests")}))
`;

/** Longest time, in ms, that an interpreter may take to start and print what is asked for. */
const queryLimitMs = 20_000;

/**
 * The interpreter that was asked for, or else the first of the usual ones that has what the trials need: the one on the
 * PATH may be a version manager's, beside the system's that has the distribution's packages.
 * @throws UsageError that says what is missing and how to install it.
 */
export async function findInterpreter(requested: string | null): Promise<Interpreter> {
  const commands = requested === null ? ['python3', '/usr/bin/python3', 'python'] : [requested];
  const problems: string[] = [];
  const answers = await Promise.all(
    commands.map(async (command) => ({ command, found: await ask(command) })),
  );
  for (const { command, found } of answers) {
    const problem = problemOf(command, found);
    if (found !== null && problem === null) return interpreterOf(command, found);
    if (found !== null || requested !== null) problems.push(problem ?? '');
  }
  throw new UsageError(
    'the Python trials can’t run',
    problems.length === 0 ? 'no python3 was found' : [...new Set(problems)].join('; '),
    'install Python 3.9 or newer with aiohttp and requests (Debian: apt install python3-aiohttp python3-requests; elsewhere: python3 -m pip install aiohttp requests), or name another one with --python <path>',
  );
}

async function ask(command: string): Promise<Found | null> {
  try {
    const { stdout } = await promisify(execFile)(command, ['-c', question], { timeout: queryLimitMs });
    return foundSchema.parse(JSON.parse(stdout));
  } catch {
    return null;
  }
}

function problemOf(command: string, found: Found | null): string | null {
  if (found === null) return `${command} does not run`;
  const [major, minor] = found.version;
  if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
    return `${command} is Python ${found.version.join('.')}, older than ${oldest.join('.')}`;
  }
  const missing = (['aiohttp', 'requests'] as const).filter((name) => found[name] === null);
  return missing.length === 0
    ? null
    : `${command} (Python ${found.version.join('.')}) has no ${missing.join(' and no ')}`;
}

function interpreterOf(command: string, { version, aiohttp, requests }: Found): Interpreter {
  return { command, version: version.join('.'), aiohttp: aiohttp ?? '', requests: requests ?? '' };
}
