import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { isCliError } from '../../cli/errors.ts';
import { luaPlugin } from '../../cli/lua-plugin.ts';
import { parseIdl } from '../../codec/idl/index.ts';

const builtin = (name: string) =>
  readFileSync(fileURLToPath(new URL(`../../codec/programs/${name}.x`, import.meta.url)), 'utf8');
const make = (source: string) => luaPlugin(parseIdl(source, { file: 'f.x', readFile: () => null }), 'f.x');

describe('cli/lua-plugin', () => {
  it('names fields, programs and procedures as inspect does', async () => {
    const text = await make(
      'struct s { int a; s *next; }; program MY_PROG { version V { s MY_GET(int) = 4; } = 3; } = 0x20000001;',
    );
    expect(text).to.contain('filter = "my",');
    expect(text).to.contain('column = "MY_PROG",');
    expect(text).to.contain('{"arg1","int32"}');
    expect(text).to.contain('[4]="MY_GET"');
    expect(text).not.to.contain('builtin = true');
  });

  it('takes what is declared beside a built-in .x', async () => {
    const text = await make(builtin('ypserv'));
    expect(text).to.match(/last=\{\[0\]=true\}/);
    expect(text).to.contain('builtin = true');
    expect(await make(builtin('nfs4'))).to.contain('{field="attr_vals",by="bitmap",on="attrmask"');
  });

  it('declares nothing for a .x that says something else', async () => {
    const changed = builtin('ypserv').replace('program YPPROG', 'typedef int unused;\nprogram YPPROG');
    expect(await make(changed)).to.contain('last={');
    expect(await make(changed.replace(/(\w+) YPPROC_DOMAIN\(/, 'int YPPROC_DOMAIN('))).not.to.contain(
      'last={',
    );
  });

  it('takes the port of the port mapper, where Wireshark has its own', async () => {
    expect(await make(builtin('portmap2'))).to.contain('port = 111,');
  });

  it('says so when there is no program', async () => {
    const error = await make('typedef int t;').catch((e: unknown) => e);
    expect(isCliError(error)).to.equal(true);
    expect((error as Error).message).to.contain('no program');
  });
});
