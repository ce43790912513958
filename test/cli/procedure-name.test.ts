import { expect } from 'chai';
import { isCliError } from '../../cli/errors.ts';
import { findProcedure } from '../../cli/procedure-name.ts';
import { isIdlErrors, parseIdl } from '../../codec/idl/index.ts';
import { ProgramTable } from '../../codec/programs/table.ts';

const SOURCE = `
program LEDGER {
  version ONE { void LEDGER_NULL(void) = 0; int LEDGER_OPEN(int) = 1; } = 1;
  version TWO { void LEDGER_NULL(void) = 0; int LEDGER_OPEN(int) = 1; int LEDGER_CLOSE(int) = 2; } = 2;
} = 0x20004c45;
program OTHER { version ONE { int CLOSE(int) = 1; } = 1; } = 0x20004c46;
`;

describe('cli/procedure-name', () => {
  const table = new ProgramTable();

  before(async () => {
    const module = parseIdl(SOURCE, { file: 'test.x' });
    if (isIdlErrors(module)) throw module;
    for (const program of module.programs) table.add(program);
    await table.loadAll();
  });

  function find(text: string): string {
    const { program, version, declared } = findProcedure(table, text);
    return `${program}.${version}.${declared.procedure.name}`;
  }

  function refusal(text: string): string {
    try {
      find(text);
    } catch (e) {
      if (isCliError(e)) return `${e.why} (${e.hint})`;
      throw e;
    }
    throw new Error(`${text} was found`);
  }

  it('takes names with and without prefix, in any case', () => {
    expect(find('NFSPROC3_READ')).to.equal('100003.3.NFSPROC3_READ');
    expect(find('nfs.read')).to.equal('100003.3.NFSPROC3_READ');
    expect(find('READDIRPLUS')).to.equal('100003.3.NFSPROC3_READDIRPLUS');
    expect(find('MNT')).to.match(/^100005\.3\./);
    expect(find('mountd.MNT')).to.match(/^100005\.3\./);
    expect(find('LEDGER_OPEN')).to.equal('536890437.2.LEDGER_OPEN');
    expect(find('ledger.open')).to.equal('536890437.2.LEDGER_OPEN');
  });

  it('takes the highest version, or the one that is named', () => {
    expect(find('portmap.DUMP')).to.equal('100000.4.RPCBPROC_DUMP');
    expect(find('portmap.2.DUMP')).to.equal('100000.2.PMAPPROC_DUMP');
    expect(find('portmap.3.DUMP')).to.equal('100000.3.RPCBPROC_DUMP');
    expect(find('nfs.2.READ')).to.equal('100003.2.NFSPROC_READ');
    expect(find('LEDGER.1.OPEN')).to.equal('536890437.1.LEDGER_OPEN');
  });

  it('takes numbers, and calls NULL of anything', () => {
    expect(find('100003.3.6')).to.equal('100003.3.NFSPROC3_READ');
    expect(find('0x20004c45.2.2')).to.equal('536890437.2.LEDGER_CLOSE');
    expect(find('100003.3.READ')).to.equal('100003.3.NFSPROC3_READ');
    expect(find('77.5.0')).to.equal('77.5.NULL');
    expect(find('100003.9.0')).to.equal('100003.9.NULL');
  });

  it('prefers the exact name', () => {
    // LEDGER_CLOSE is CLOSE without its prefix; OTHER's is called so.
    expect(find('CLOSE')).to.equal('536890438.1.CLOSE');
  });

  it('says what is meant where it finds nothing or too much', () => {
    expect(refusal('NULL')).to.match(/^several programs have it \(say .*\.NULL/);
    expect(refusal('nsf.READ')).to.equal('no program of that name (did you mean nfs?)');
    expect(refusal('nfs.REDA')).to.contain('did you mean READ?');
    expect(refusal('ledger.nothing')).to.contain('there are NULL, OPEN, CLOSE');
    expect(refusal('nfs.x.READ')).to.contain('"x" is no version');
    expect(refusal('nfs.7.READ')).to.contain('no such procedure');
    expect(refusal('77.5.1')).to.contain('no program of that name');
    expect(refusal('a.b.c.d')).to.contain('PROG.VERS.PROC');
    expect(refusal('nfs.')).to.contain('PROG.VERS.PROC');
    expect(refusal('__proto__')).to.contain('no such procedure');
  });
});
