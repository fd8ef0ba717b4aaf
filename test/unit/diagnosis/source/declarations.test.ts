import { describe, expect, it } from 'vitest';
import { withoutDeclarations } from '../../../../src/diagnosis/source/declarations.ts';

describe('code without what it only declares', () => {
  it.each([
    ['\nasync function notify(text = "}") {\n  await fetch(url, { body: text });\n}\n'],
    ['class Mailer extends Base { send(text) { return fetch(text); } }'],
    ['const post = (text) => fetch(url, { body: text });'],
    ['const post = async (text) => { await fetch(text); };'],
    ['export function* deliver({ texts }) { for (const text of texts) yield fetch(text); }'],
  ])('has no call of %j', (code) => {
    expect(withoutDeclarations(code)).not.toContain('fetch');
  });

  it('keeps what it runs, before and behind', () => {
    const code = 'await start();\nfunction start() { return fetch(url); }\nsetTimeout(() => notify(), 500);';
    expect(withoutDeclarations(code)).toBe('await start();\n\nsetTimeout(() => notify(), 500);');
  });
});
