import { expect } from 'chai';
import { GLOBAL_OPTIONS } from '../../cli/arguments.ts';
import { COMMANDS } from '../../cli/commands.ts';

describe('cli/commands', () => {
  for (const entry of COMMANDS) {
    it(`loads ${entry.name} under its name, with options that do not clash`, async () => {
      const command = await entry.load();
      expect(command).to.include({ name: entry.name, describe: entry.describe });
      expect(command.usage.split(' ')[0]).to.equal(entry.name);
      const table = { ...GLOBAL_OPTIONS, ...command.options };
      expect(Object.keys(table).length).to.equal(
        Object.keys(GLOBAL_OPTIONS).length + Object.keys(command.options).length,
      );
      const shorts = Object.values(table).flatMap((option) => option.short ?? []);
      expect(new Set(shorts).size).to.equal(shorts.length);
      for (const short of shorts) {
        expect(short.length).to.equal(1);
        expect(command.lacking?.flags ?? '').not.to.contain(short);
      }
    });
  }
});
