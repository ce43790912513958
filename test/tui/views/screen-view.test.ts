import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { StreamSource } from '../../../tui/sources/stream-source.ts';
import { count } from '../../../tui/views/screen-view.ts';
import { captureFile, open } from '../opened.ts';

describe('tui/views/screen-view', () => {
  it('shows list, fields and bytes of the first packet in 80x24', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'), { size: [80, 24] });
    const lines = opened.screen();
    expect(lines[0]).to.match(/^ oncilla watch · test\.pcap +276 packets · 67 calls$/);
    expect(lines[3]).to.match(/^ +1 +0\.000000 127\.0\.0\.1 +127\.0\.0\.1 +TCP +74 549 → 111/);
    expect(lines.join('\n')).to.match(/▸ Frame 1: 74 bytes on wire/);
    expect(lines.join('\n')).to.match(/\n0000 {2}00 00 00 00/);
    expect(lines[23]).to.match(/^ \? {2}help .* 1\/276$/);
    opened.close();
  });

  it('puts commas into numbers', () => {
    expect([0, 999, 1000, 1_234_567].map(count)).to.deep.equal(['0', '999', '1,000', '1,234,567']);
  });

  it('says how many packets were lost before they came here', async () => {
    const bytes = readFileSync(captureFile('nfs3-libnfs.pcap'));
    const source = new StreamSource(
      (async function* () {
        yield bytes;
      })(),
      { name: 'eth0', live: false, dropped: () => 1234 },
    );
    const opened = await open(source);
    expect(opened.screen()[0]).to.match(/276 packets · 67 calls · 1,234 dropped$/);
    opened.close();
  });
});
