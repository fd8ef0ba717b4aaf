import { describe, expect, it } from 'vitest';
import { fitHelp } from '../../src/commands/fit-help.ts';
import { nearest } from '../../src/nearest.ts';
import { configuredCommands } from '../commander-programs.ts';

const programs = await configuredCommands();

describe('help in a narrow terminal', () => {
  it('breaks prose at spaces, under its own indentation', () => {
    expect(fitHelp('Faults: hang, reset and close post nothing', 24)).toBe(
      'Faults: hang, reset and\n        close post\n        nothing',
    );
  });

  it('keeps each command line whole, and puts all remarks below where one does not fit beside', () => {
    const examples =
      '  timer-notify serve --port 8080    on a port\n  timer-notify serve -- npm test    for the tests of a bot';
    expect(fitHelp(examples, 50)).toBe(
      '  timer-notify serve --port 8080\n      on a port\n  timer-notify serve -- npm test\n      for the tests of a bot',
    );
    expect(fitHelp(examples, 80)).toBe(examples);
  });

  it.each(programs.map((command) => [command.name(), command] as const))(
    'breaks no word of %s at 60 columns',
    (_, command) => {
      let text = '';
      command.configureHelp({ helpWidth: 60, minWidthToWrap: 20 }).configureOutput({
        writeOut: (part) => {
          text += fitHelp(part, 60);
        },
      });
      command.outputHelp();
      const broken = text.split('\n').filter((line) => line.length > 60 && !line.includes(' timer-notify '));
      expect(broken).toEqual([]);
    },
  );
});

describe('the nearest right word', () => {
  it.each([
    ['netwrk', 'network'],
    ['shared', 'shared-pool'],
    ['BRIDGD', 'bridged'],
    ['tcsh', null],
    ['xyz', null],
  ])('to %s is %s', (typed, meant) => {
    expect(nearest(typed, ['network', 'shared-pool', 'bridged', 'bash', 'fish'])).toBe(meant);
  });
});
