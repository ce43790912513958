import { expect } from 'chai';
import { needsTwoPasses } from '../../../tui/trace/filter-run.ts';
import { run } from '../../cli/fake-io.ts';
import { captureFile, open } from '../opened.ts';

/** The frames that `inspect -2 -Y` shows. */
async function inspected(file: string, filter: string): Promise<number[]> {
  const { out } = await run(['inspect', '-2', '-T', 'fields', '-e', 'frame.number', '-Y', filter, file]);
  return out.split('\n').filter(Boolean).map(Number);
}

describe('tui/trace/filter-run', () => {
  for (const [name, filter] of [
    ['nfs3-libnfs.pcap', 'nfs.procedure_v3 == 1 || tcp.flags.syn == 1'],
    ['nfs3-libnfs.pcap', 'rpc.repframe > 100'],
    ['nfs3-libnfs.pcap', 'rpc.time > 0.0001'],
    ['tls13-oncilla-starttls.pcapng', 'rpc'],
    ['tls13-openssl-key-update.pcapng', 'nfs'],
    ['ledger-udp.pcap', 'udp.length > 1000'],
  ] as const) {
    it(`finds in ${name} what inspect -Y finds: ${filter}`, async () => {
      const opened = await open(captureFile(name), { filter });
      const { packets } = opened.app.filterRun!;
      const found = Array.from({ length: packets.length }, (_, i) => packets.get(i) + 1);
      expect(found).to.deep.equal(await inspected(captureFile(name), filter));
      expect(found.length).to.be.greaterThan(0);
      opened.close();
    });
  }

  it('lists a call when its call or its reply matches, once, in order', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'), { filter: 'rpc.msgtyp == 1' });
    const { calls } = opened.app.filterRun!;
    const { trace } = opened.capture;
    const listed = Array.from({ length: calls.length }, (_, i) => calls.get(i));
    expect(listed).to.deep.equal(Array.from({ length: trace.calls.length }, (_, i) => trace.calls.get(i)));
    opened.close();
  });

  it('goes on in steps, and takes two passes only where a filter asks for replies', () => {
    expect(needsTwoPasses('rpc.repframe == 3')).to.equal(true);
    expect(needsTwoPasses('rpc.xid == 3')).to.equal(false);
  });
});
