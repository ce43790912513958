import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { until } from '../../until.ts';
import { captureFile, type Opened, open } from '../opened.ts';

describe('tui/app/app', () => {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open(captureFile('nfs3-libnfs.pcap'));
  });
  afterEach(() => opened.close());

  it('moving in the list shows the packet below', async () => {
    await opened.keys('j', 'down', 'k');
    expect(opened.app.chosenRow).to.equal(1);
    expect(opened.screen().join('\n')).to.match(/Fields of packet 2/);
    await opened.keys('G');
    expect(opened.app.chosenRow).to.equal(275);
    await opened.keys('1', '0', '0', 'G');
    expect(opened.app.chosenRow).to.equal(99);
    await opened.keys('g', 'g');
    expect(opened.app.chosenRow).to.equal(0);
  });

  it('moving in the tree marks bytes, and moving in the bytes chooses fields', async () => {
    await opened.keys('2', '0', 'G', 'enter');
    const { app } = opened;
    app.tree.selectField('rpc.xid');
    opened.grid();
    expect([app.bytes.from, app.bytes.to]).to.deep.equal([70, 74]);
    await opened.keys('tab');
    expect(app.focus).to.equal('bytes');
    await opened.keys('l', 'l', 'l', 'l');
    expect(app.bytes.cursor).to.equal(74);
    expect(app.tree.selected!.node.def!.name).to.equal('rpc.msgtyp');
    await opened.keys('escape');
    expect(app.focus).to.equal('list');
  });

  it('jumps from a call to its reply and back, in packets and in calls', async () => {
    await opened.keys('2', '0', 'G', 'x');
    const reply = opened.app.chosenRow;
    expect(reply).to.equal(20);
    await opened.keys('x');
    expect(opened.app.chosenRow).to.equal(19);
    await opened.keys('c');
    expect(opened.app.mode).to.equal('calls');
    expect(opened.app.chosenRow).to.equal(19);
    await opened.keys('x');
    expect(opened.app.chosenRow).to.equal(20);
    await opened.keys('c');
    expect([opened.app.mode, opened.app.chosenRow]).to.deep.equal(['packets', 20]);
  });

  it('says so where there is nothing to jump to', async () => {
    await opened.keys('x');
    expect(opened.app.message).to.equal('this packet ends no call and no reply');
  });

  it('clicks choose panes, lines, fields and bytes; the wheel moves what is under it', () => {
    const { app } = opened;
    const { list, tree, bytes } = app.areas;
    app.mouse(5, list!.y + 4, 'click');
    expect([app.focus, app.chosenRow]).to.deep.equal(['list', 3]);
    app.mouse(5, list!.y + 4, 'wheeldown');
    expect(app.list.top).to.equal(3);
    opened.grid();
    app.mouse(5, tree!.y + 3, 'click');
    expect([app.focus, app.tree.selected!.node.def!.name]).to.deep.equal(['tree', 'ip']);
    app.mouse(5, tree!.y + 3, 'click');
    expect(app.tree.selected!.open).to.equal(true);
    opened.grid();
    app.mouse(6, bytes!.y + 2, 'click');
    expect([app.focus, app.bytes.cursor]).to.deep.equal(['bytes', 16]);
    app.mouse(5, 0, 'click');
  });

  it('is usable at every size, and keeps its place', () => {
    const { app } = opened;
    app.select(50);
    for (const [width, height] of [
      [200, 60],
      [80, 24],
      [20, 6],
      [1, 1],
      [140, 42],
    ] as const) {
      app.resize(width, height);
      const grid = opened.grid();
      expect([grid.width, grid.height]).to.deep.equal([width, height]);
      expect(app.chosenRow).to.equal(50);
    }
  });

  it('zooms, arranges and resizes panes', async () => {
    const { app } = opened;
    await opened.keys('z');
    expect(app.areas.tree).to.equal(null);
    await opened.keys('tab');
    expect(app.areas.tree).not.to.equal(null);
    await opened.keys('z', '|', '+', '}');
    expect([app.layout, app.listShare, app.treeShare]).to.deep.equal(['stacked', 50, 60]);
  });

  it('follows what comes in, and pauses where the user goes, saying how much came', async () => {
    const file = readFileSync(captureFile('nfs3-libnfs.pcap'));
    const folder = mkdtempSync(join(tmpdir(), 'oncilla-test-'));
    const path = join(folder, 'growing.pcap');
    writeFileSync(path, file.subarray(0, 2000));
    const growing = await open(path, { tail: true });
    const { app } = growing;
    growing.loader.onChange(() => undefined);
    const before = app.rows.length;
    expect(app.chosenRow).to.equal(before - 1);
    appendFileSync(path, file.subarray(2000, 9000));
    await until(() => growing.loader.pending);
    await app.settle();
    growing.grid();
    expect(app.rows.length).to.be.greaterThan(before);
    expect(app.chosenRow).to.equal(app.rows.length - 1);
    await growing.keys('k');
    const row = app.chosenRow;
    const paused = app.rows.length;
    appendFileSync(path, file.subarray(9000));
    await until(() => growing.loader.pending);
    await app.settle();
    expect(growing.screen()[0]).to.include(`paused, +${276 - paused} new`);
    expect(app.chosenRow).to.equal(row);
    await growing.keys('p');
    expect(app.chosenRow).to.equal(275);
    expect(growing.screen()[0]).to.include('following');
    growing.close();
    rmSync(folder, { recursive: true });
  });

  it('makes the lines of the next page while nobody asks, a few milliseconds at a time', async () => {
    const { app, capture } = opened;
    const next = app.list.top + app.list.height + 3;
    expect(capture.hasSummary(next)).to.equal(true);
    capture.forgetLines();
    app.select(100);
    opened.grid();
    expect(app.work(0)).to.equal(true);
    await app.settle();
    expect(capture.hasSummary(app.list.top + 2 * app.list.height - 1)).to.equal(true);
    expect(app.work(performance.now() + 100)).to.equal(false);
  });

  it('colours lines by connection, program or client', async () => {
    const { app } = opened;
    const styles = () => new Set(Array.from({ length: 100 }, (_, i) => app.line(i).style));
    expect(styles().size).to.equal(1);
    await opened.keys('K');
    expect([app.message, styles().size > 3]).to.deep.equal(['coloured by connection', true]);
    expect(app.line(3).style).to.equal(app.line(5).style);
    await opened.keys('K');
    // Portmap, MOUNT, NFS, and what is of no program
    expect(styles().size).to.equal(4);
    await opened.keys('K');
    expect(styles().size).to.equal(1);
    await opened.keys('K');
    expect(app.coloredBy).to.equal('outcome');
  });
});
