import { expect } from 'chai';
import { inNamespace, missingPrograms, noNamespace } from './namespace.ts';

const lacking =
  process.getuid?.() === 0 ? (noNamespace() ?? missingPrograms(['rpcbind', 'rpcinfo']).join(', ')) : 'root';

describe(`peers: replay to rpcbind${lacking === '' ? '' : ` (skipped: no ${lacking})`}`, function () {
  this.timeout(20_000);

  it('finds every answer the same, datagrams as datagrams and streams as streams', function () {
    if (lacking !== '') this.skip();
    // biome-ignore lint/suspicious/noExplicitAny: plain data of the script beside
    const { status, out, err, report } = inNamespace('replay-rpcbind.ts') as any;
    expect(status, `${err}${out}`).to.equal(0);
    const { sent, same, mapped, changed, missing, extra } = report.summary;
    expect({ sent, same: same + mapped, changed, missing, extra }).to.deep.equal({
      sent: 12,
      same: 12,
      changed: 0,
      missing: 0,
      extra: 0,
    });
  });
});
