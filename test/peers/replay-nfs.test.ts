import { expect } from 'chai';
import { inNamespace, missingPrograms, noNamespace } from './namespace.ts';

const lacking =
  process.getuid?.() === 0 ? (noNamespace() ?? missingPrograms(['ganesha.nfsd']).join(', ')) : 'root';

describe(`peers: replay to nfs-ganesha${lacking === '' ? '' : ` (skipped: no ${lacking})`}`, function () {
  this.timeout(30_000);

  it('maps the file handles, cookies and verifiers of recorded NFS sessions without a rule', function () {
    if (lacking !== '') this.skip();
    // biome-ignore lint/suspicious/noExplicitAny: plain data of the script beside
    const { three, four } = inNamespace('replay-nfs.ts', 29_000) as any;
    for (const { status, out, err, report, calls } of [
      { ...three, calls: 67 },
      { ...four, calls: 28 },
    ]) {
      expect(status, `${err}${out}`).to.equal(0);
      const { sent, same, mapped, changed, missing, extra } = report.summary;
      expect({ sent, changed, missing, extra }).to.deep.equal({
        sent: calls,
        changed: 0,
        missing: 0,
        extra: 0,
      });
      expect(same + mapped).to.equal(calls);
      // the handles are not those of the recording
      expect(mapped).to.be.greaterThan(0);
    }
  });
});
