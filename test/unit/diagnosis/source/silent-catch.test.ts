import { describe, expect, it } from 'vitest';
import { isSilenced } from '../../../../src/diagnosis/source/silent-catch.ts';

describe('a call in a try', () => {
  it.each([
    ['try { send() } catch {}', true],
    ['try { send() } catch (error) { failed = true }', true],
    ['try { send() } catch (error) { console.log(error) }', false],
    ['try { send() } catch { report() }', false],
    ['try { other() } catch {} send()', false],
    ['try { send() } finally { close() }', false],
    ['send()', false],
  ])('%s: silenced %s', (code, expected) => {
    expect(isSilenced(code, code.indexOf('send'))).toBe(expected);
  });
});
