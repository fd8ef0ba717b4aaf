import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runtimeOf } from '../../../src/diagnosis/runtime-of.ts';

const folder = mkdtempSync(join(tmpdir(), 'runtime-of-'));
const env = { PATH: folder };

function script(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, 0o755);
  return path;
}

describe('the runtime of a command', () => {
  it.each([
    'python3 app.py',
    '/usr/bin/python3.11 -m bot',
    'env python3 app.py',
    'env -i A=b python3 app.py',
    'timeout 5 python3 app.py',
    'gunicorn -w 2 app:app',
    'celery -A tasks worker',
    'uwsgi --http :80',
    'uv run app.py',
    'poetry run python app.py',
    './manage.py runserver',
    'nice -n5 python3 app.py',
  ])('%s is Python’s', (command) => {
    expect(runtimeOf(command.split(' '), env)).toBe('python');
  });

  it.each(['node app.js', 'npm start', 'npx tsx app.ts', 'env A=b node app.js', 'unknown-command'])(
    '%s is Node’s',
    (command) => {
      expect(runtimeOf(command.split(' '), env)).toBe('node');
    },
  );

  it('is read off a script’s first line', () => {
    expect(runtimeOf([script('bot', '#!/usr/bin/env python3\nimport os\n')], env)).toBe('python');
    expect(runtimeOf([script('venv-bot', '#!/opt/app/venv/bin/python\n')], env)).toBe('python');
    expect(runtimeOf([script('cli', '#!/usr/bin/env -S node --no-warnings\n')], env)).toBe('node');
  });

  it('is read off a script found on the PATH', () => {
    script('honcho', '#!/usr/bin/python3 -E\n');
    expect(runtimeOf(['honcho', 'start'], env)).toBe('python');
  });

  it('is read off what a shell runs', () => {
    expect(runtimeOf(['sh', '-c', 'cd app && python3 bot.py'], env)).toBe('python');
    expect(runtimeOf([script('start.sh', '#!/bin/sh\nexport A=1\nexec gunicorn app:app\n')], env)).toBe(
      'python',
    );
    expect(runtimeOf(['bash', '-c', 'npm run build; node app.js'], env)).toBe('node');
  });
});
