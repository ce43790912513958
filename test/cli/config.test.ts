import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { GLOBAL_OPTIONS } from '../../cli/arguments.ts';
import { configOptions } from '../../cli/config.ts';
import { INSPECT_OPTIONS } from '../../cli/inspect-options.ts';

describe('cli/config', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-config-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const table = { ...GLOBAL_OPTIONS, ...INSPECT_OPTIONS };

  async function options(content: string): Promise<string[] | string> {
    const file = join(folder, 'oncilla.json');
    writeFileSync(file, content);
    try {
      return await configOptions(file, 'inspect', table, ['inspect', 'compile']);
    } catch (e) {
      return (e as Error).message.replace(file, 'FILE');
    }
  }

  it('gives options for all commands and for this one', async () => {
    const content = {
      color: 'never',
      inspect: { quiet: true, strict: false, count: 5, field: ['a', 'b'], format: 'json' },
      compile: { whatever: 1 },
    };
    expect(await options(JSON.stringify(content))).to.have.members([
      '--color=never',
      '--quiet',
      '--count=5',
      '--field=a',
      '--field=b',
      '--format=json',
    ]);
    expect(await options('{}')).to.deep.equal([]);
  });

  it('refuses what it does not know, naming the key', async () => {
    expect(await options('{"inspect":{"quite":true}}')).to.match(/^FILE: inspect: .*quite/);
    expect(await options('{"nosuch":{}}')).to.match(/^FILE: .*nosuch/);
    expect(await options('{"inspect":{"quiet":"yes"}}')).to.match(/^FILE: inspect\.quiet: /);
    expect(await options('{"inspect":{"count":"x"}}')).to.match(/count: "x" is not a whole number/);
    expect(await options('{"inspect":{"format":"xml"}}')).to.match(/"xml" is not one of/);
    expect(await options('{"inspect":{"config":"again"}}')).to.match(/config/);
    expect(await options('[1]')).to.match(/^FILE: /);
    expect(await options('{')).to.match(/^FILE: is not JSON/);
  });

  it('says why a file cannot be read', async () => {
    try {
      await configOptions(join(folder, 'absent.json'), 'inspect', table, []);
      expect.fail('read');
    } catch (e) {
      expect((e as Error).message).to.match(/absent\.json: no such file or directory$/);
    }
  });
});
