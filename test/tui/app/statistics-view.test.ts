import { expect } from 'chai';
import { sparkline } from '../../../tui/app/statistics-view.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/app/statistics-view', () => {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'), { size: [120, 20] });
    await opened.keys('t');
  });
  afterEach(() => opened.close());

  it('has a page each for programs, latency, clients, errors and time', async () => {
    expect(opened.screen().join('\n')).to.match(/NFS V3 +32 +32 +0 +0/);
    await opened.keys('2');
    expect(opened.screen().join('\n')).to.match(/NFS V3 GETATTR +9 +59\.0 µs .*[▁▂▃▄▅▆▇█]/);
    await opened.keys('3');
    expect(opened.screen().join('\n')).to.match(/127\.0\.0\.1:\d+ +\d+ +0/);
    await opened.keys('4');
    expect(opened.screen().join('\n')).to.include('No reply but SUCCESS');
    await opened.keys('5');
    expect(opened.screen().join('\n'))
      .to.match(/Calls over \d/)
      .and.to.match(/█/);
  });

  it('saves all of it as JSON', async () => {
    await opened.keys('e', ...'stats.json', 'enter');
    expect(opened.app.message).to.equal('the statistics are in stats.json');
    const json = JSON.parse(opened.host.files.get('stats.json')!.toString());
    expect(json).to.include.keys('packets', 'procedures', 'clients', 'timeline');
    await opened.keys('t', 'e', ...'taken', 'enter');
    expect(opened.app.message).to.equal('taken: file already exists');
  });

  it('draws numbers as bars', () => {
    expect(sparkline([0, 1, 4, 8])).to.equal(' ▂▅█');
    expect(sparkline([])).to.equal('');
  });
});
