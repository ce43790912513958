import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadServiceNames, programNumber, serviceName } from '../../cli/service-names.ts';

describe('cli/service-names', () => {
  const folder = mkdtempSync(join(tmpdir(), 'oncilla-names-'));
  after(() => rmSync(folder, { recursive: true }));

  it('reads a file like /etc/rpc over the common names', () => {
    const file = join(folder, 'rpc');
    writeFileSync(
      file,
      '# names\n\nportmapper\t100000\tportmap sunrpc\nmine 536890437 # my own\nbroken\nx abc\n',
    );
    const names = loadServiceNames(file);
    expect(names.get(100000)).to.equal('portmapper');
    expect(names.get(536890437)).to.equal('mine');
    expect(names.get(100005)).to.equal('mountd');
    expect(loadServiceNames(join(folder, 'absent')).get(100003)).to.equal('nfs');
    expect(serviceName(1)).to.equal(undefined);
  });

  it('takes a name or a number for a program', () => {
    const names = loadServiceNames(join(folder, 'absent'));
    expect(['nfs', '100003', '0x186a3'].map((text) => programNumber(text, names))).to.deep.equal([
      100003, 100003, 100003,
    ]);
    expect(['', 'nfsd', '4294967296', '-1', '1.5'].map((text) => programNumber(text, names))).to.deep.equal([
      null,
      null,
      null,
      null,
      null,
    ]);
  });
});
