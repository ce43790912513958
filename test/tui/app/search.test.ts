import { expect } from 'chai';
import { parseNeedle } from '../../../tui/app/search.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/app/search', () => {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'));
  });
  afterEach(() => opened.close());

  it('finds text in lines, whatever the case, on and back and round', async () => {
    await opened.keys('s', ...'export call', 'enter');
    expect(opened.app.chosenRow).to.equal(19);
    await opened.keys('n');
    const second = opened.app.chosenRow;
    expect(opened.capture.summary(second).info).to.match(/EXPORT Call/);
    await opened.keys('N');
    if (second !== 19) expect(opened.app.chosenRow).to.equal(19);
    await opened.keys('G', 'n');
    expect(opened.app.message).to.equal('found, on from the other end');
  });

  it('finds bytes, as text and as digits, and comments', async () => {
    await opened.keys('s', ...'x:00 00 00 06 6c 69 62 6e', 'enter');
    const row = opened.app.chosenRow;
    expect(opened.capture.explainer.packet(row).buf.toString('latin1')).to.include('libn');
    await opened.keys('5', '0', 'G', ';', ...'Odd one', 'enter', 'g', 'g', 's', ...'odd ONE', 'enter');
    expect(opened.app.chosenRow).to.equal(49);
  });

  it('searches calls by both halves, says when there is nothing, and can be stopped', async () => {
    await opened.keys('c', 's', ...'FSINFO', 'enter');
    expect(opened.capture.transaction(opened.app.chosenCall).procedureName).to.equal('FSINFO');
    await opened.keys('s', ...'no such text', 'enter');
    expect(opened.app.message).to.equal('found nowhere');
    opened.app.key('n');
    opened.app.work(0);
    expect(opened.app.job?.status).to.match(/^searching/);
    opened.app.key('escape');
    expect([opened.app.job, opened.app.message]).to.deep.equal([null, 'the search was stopped']);
  });

  it('knows what is no search', () => {
    expect(parseNeedle('')).to.equal(null);
    expect(parseNeedle('x:abc')).to.equal(null);
    expect(parseNeedle('x:dead BEEF')!.bytes.toString('hex')).to.equal('deadbeef');
    expect(parseNeedle('Text')).to.deep.equal({ text: 'text', bytes: Buffer.from('Text') });
  });
});
