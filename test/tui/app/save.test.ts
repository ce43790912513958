import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/app/save', () => {
  let opened: Opened;
  let folder: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-test-'));
    opened = await open(captureFile('nfs3-libnfs.pcap'));
  });
  afterEach(() => {
    opened.close();
    rmSync(folder, { recursive: true });
  });

  const again = async (name: string): Promise<Opened> => {
    const path = join(folder, name);
    writeFileSync(path, opened.host.files.get(name)!);
    return open(path);
  };

  it('marks and comments are there again in what was saved', async () => {
    await opened.keys(
      'j',
      'm',
      'j',
      ';',
      ...'slow #disk',
      'enter',
      'G',
      'm',
      'S',
      'a',
      ...'all.pcapng',
      'enter',
    );
    expect(opened.app.message).to.equal('276 packets are in all.pcapng');
    const saved = await again('all.pcapng');
    const { notes } = saved.app;
    expect(saved.capture.trace.length).to.equal(276);
    expect([notes.isMarked(1), notes.textOf(2), notes.isMarked(275), notes.unsaved]).to.deep.equal([
      true,
      'slow #disk',
      true,
      0,
    ]);
    expect(saved.screen().join('\n')).to.include('[slow #disk] ');
    await saved.keys("'", "'", "'");
    expect(saved.app.chosenRow).to.equal(275);
    await saved.keys("'");
    expect(saved.app.chosenRow).to.equal(1);
    await saved.keys('"');
    expect(saved.app.chosenRow).to.equal(275);
    saved.close();
  });

  it('saves what is shown, of calls both halves, and what is marked', async () => {
    await opened.keys('/', ...'mount', 'enter', 'S', 'f', ...'mount.pcapng', 'enter');
    const shown = await again('mount.pcapng');
    expect(shown.capture.trace.length).to.equal(opened.app.rows.length);
    shown.close();
    await opened.keys('c', 'S', 'f', ...'calls.pcap', 'enter');
    const calls = await again('calls.pcap');
    expect(calls.capture.trace.calls.length).to.equal(opened.app.rows.length);
    calls.close();
    await opened.keys('S', 'm');
    expect(opened.app.message).to.equal('there is nothing to save');
    await opened.keys('m', 'S', 'm', ...'marked.pcapng', 'enter');
    expect(opened.app.message).to.equal('1 packets are in marked.pcapng');
  });

  it('writes over nothing, and leaves nothing behind when it is stopped', async () => {
    await opened.keys('S', 'a', ...'taken', 'enter');
    expect(opened.app.message).to.equal('taken: file already exists');
    for (const key of ['S', 'a', ...'part.pcapng', 'enter']) opened.app.key(key);
    opened.app.work(0);
    expect(opened.app.job?.status).to.match(/^saving \d+ %$/);
    opened.app.key('escape');
    expect(opened.app.message).to.include('part.pcapng is gone');
    expect(opened.host.files.has('part.pcapng')).to.equal(false);
  });
});
