import { expect } from 'chai';
import { run } from '../../cli/fake-io.ts';
import { captureFile, open } from '../opened.ts';

describe('tui/app/follow', () => {
  it('shows what -z follow shows of the conversation', async () => {
    const file = captureFile('nfs3-libnfs.pcap');
    const opened = await open(file, { size: [120, 200] });
    await opened.keys('2', '0', '0', 'G', 'o', '2');
    const stream = opened.capture.trace.flow.get(199) >> 1;
    const { out } = await run(['inspect', '-q', '-z', `follow,tcp,hex,${stream}`, file]);
    const expected = out
      .split('\n')
      .slice(6, 100)
      .map((line) => line.replace(/^\t/, '  '));
    expect(opened.screen().slice(1, 95)).to.deep.equal(expected.map((line) => line.trimEnd()));
    expect(opened.screen()[0]).to.include(`tcp.stream == ${stream}`);
    await opened.keys('c');
    expect([opened.app.mode, opened.app.filterRun!.text]).to.deep.equal(['calls', `tcp.stream == ${stream}`]);
    expect(opened.app.rows.length).to.be.greaterThan(0);
    opened.close();
  });

  it('follows datagrams too, and as calls at once', async () => {
    const opened = await open(captureFile('ledger-udp.pcap'));
    await opened.keys('o');
    expect(opened.screen()[0]).to.include('udp.stream == 0');
    await opened.keys('escape', 'O');
    expect(opened.app.filterRun!.text).to.equal('udp.stream == 0');
    opened.close();
  });

  it('can be stopped', async () => {
    const opened = await open(captureFile('nfs3-libnfs.pcap'));
    await opened.keys('2', '1', '0', 'G');
    opened.app.key('o');
    opened.app.work(0);
    expect(opened.app.job!.status).to.match(/^following \d+ %$/);
    opened.app.key('escape');
    expect(opened.app.message).to.equal('following was stopped');
    opened.close();
  });
});
