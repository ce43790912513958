import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { inNamespace, missingPrograms, noNamespace } from './namespace.ts';

const tirpc = existsSync('/usr/include/tirpc/rpc/rpc.h') ? [] : ['libtirpc'];
const lacking = noNamespace() ?? [...missingPrograms(['rpcgen', 'gcc']), ...tirpc].join(', ');

describe(`peers: an rpcgen server${lacking === '' ? '' : ` (skipped: no ${lacking})`}`, function () {
  this.timeout(20_000);
  // biome-ignore lint/suspicious/noExplicitAny: plain data of the script beside
  let found: any;

  before(function () {
    if (lacking !== '') this.skip();
    found = inNamespace('ledger.ts');
  });

  for (const transport of ['tcp', 'udp']) {
    it(`answers call over ${transport}`, () => {
      const { opened, posted, statement, scan, mismatch, measured } = found[transport];
      expect(opened).to.equal('DONE');
      expect(posted).to.deep.equal({
        code: 'DONE',
        entry: { number: 1, balance: { unit: 'EUR', minor: '9007199254741093' } },
      });
      expect(statement.page.holder.name).to.equal(`Gruß ${transport}`);
      expect(statement.page.entries[0].at.seconds).to.equal('18446744073709551615');
      // Over TCP it comes in several fragments, for the server's buffer is small; two hex digits a byte.
      expect(scan).to.equal(transport === 'tcp' ? 18_000 : 4000);
      expect(mismatch).to.deep.include({
        status: 1,
        err: 'oncilla: 0x20004c45.9.0: PROG_MISMATCH: the server has versions 1 to 2\n',
      });
      expect(measured.status).to.equal(0);
      expect(measured.out).to.match(/^500 calls in \d+\.\d{3} s, \d+ calls\/s\nlatency in ms: min .* p99 /);
    });
  }
});
