import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import {
  openCaptureFile,
  openHeldRecording,
  openRecording,
  type Recording,
} from '../../../dissector/capture/record-file.ts';

const CONNECTION = {
  kind: 'unix',
  side: 'client',
  local: { text: 'unix:/a', address: '/a', port: 0 },
  remote: { text: 'unix:/a', address: '/a', port: 0 },
} as const;

/** Whole blocks in a file, and whether it ends behind one. */
function blocks(file: string): { count: number; whole: boolean } {
  const bytes = fs.readFileSync(file);
  let at = 0;
  let count = 0;
  while (at + 12 <= bytes.length && at + bytes.readUInt32LE(at + 4) <= bytes.length) {
    at += bytes.readUInt32LE(at + 4);
    count++;
  }
  return { count, whole: at === bytes.length };
}

describe('record-file', () => {
  const directory = fs.mkdtempSync(path.join(tmpdir(), 'oncilla-record-'));
  const open: Recording[] = [];
  const recording = (file: string): Recording => {
    const made = openRecording(file);
    open.push(made);
    return made;
  };
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });
  after(() => fs.rmSync(directory, { recursive: true }));

  it('is this user’s alone, also where it was not before', () => {
    const file = path.join(directory, 'mode.pcapng');
    fs.writeFileSync(file, 'old', { mode: 0o644 });
    recording(file);
    expect(fs.statSync(file).mode & 0o777).to.equal(0o600);
    expect(blocks(file)).to.deep.equal({ count: 2, whole: true });
  });

  it('holds each message as soon as it was given', () => {
    const file = path.join(directory, 'now.pcapng');
    const sink = recording(file).synthesiser.open(CONNECTION);
    expect(blocks(file).count).to.equal(5);
    sink.message('sent', [Buffer.from('abc')]);
    expect(blocks(file)).to.deep.equal({ count: 6, whole: true });
  });

  it('has one writer, whatever links lead to it, there before or not', () => {
    const file = path.join(directory, 'linked.pcapng');
    const link = path.join(directory, 'link.pcapng');
    fs.symlinkSync(file, link);
    const first = recording(link);
    const before = fs.readFileSync(file);
    for (const name of [file, link, path.join(directory, '..', path.basename(directory), 'linked.pcapng')]) {
      expect(() => openRecording(name), name).to.throw(/somebody else records/);
    }
    expect(fs.readFileSync(file).equals(before), 'untouched').to.equal(true);
    first.close();
    openRecording(file).close();
  });

  it('has one writer, until that closes', () => {
    const file = path.join(directory, 'one.pcapng');
    const first = recording(file);
    const before = fs.readFileSync(file);
    expect(() => openRecording(file))
      .to.throw('somebody else records to')
      .with.property('code', 'EBUSY');
    expect(fs.readFileSync(file).equals(before)).to.equal(true);
    first.close();
    first.close();
    recording(file);
    expect(fs.readdirSync(directory).filter((name) => name.startsWith('one.pcapng.'))).to.deep.equal([
      'one.pcapng.lock',
    ]);
  });

  it('keeps what was there until it begins, and loses nothing that was recorded before', () => {
    const file = path.join(directory, 'held.pcapng');
    fs.writeFileSync(file, 'precious');
    const unused = openHeldRecording(file);
    expect(() => openRecording(file)).to.throw('somebody else records to');
    unused.synthesiser.open(CONNECTION).message('sent', [Buffer.from('abc')]);
    unused.close();
    expect(fs.readFileSync(file, 'utf8')).to.equal('precious');
    const used = openHeldRecording(file);
    open.push(used);
    const sink = used.synthesiser.open(CONNECTION);
    const bytes = Buffer.from('abc');
    sink.message('sent', [bytes]);
    bytes.fill(0);
    expect(fs.readFileSync(file, 'utf8')).to.equal('precious');
    used.begin();
    expect(blocks(file)).to.deep.equal({ count: 6, whole: true });
    expect(fs.readFileSync(file).includes('abc')).to.equal(true);
    used.begin();
    sink.message('sent', [bytes]);
    expect(blocks(file)).to.deep.equal({ count: 7, whole: true });
    expect(fs.statSync(file).mode & 0o777).to.equal(0o600);
  });

  it('begins by itself before it holds too much in memory', () => {
    const file = path.join(directory, 'much.pcapng');
    const held = openHeldRecording(file);
    open.push(held);
    const sink = held.synthesiser.open(CONNECTION);
    for (let i = 0; i < 40; i++) sink.message('sent', [Buffer.alloc(32_000)]);
    expect(fs.statSync(file).size).to.be.greaterThan(1 << 20);
    expect(blocks(file).whole).to.equal(true);
  });

  it('refuses what comes after the close', () => {
    const one = recording(path.join(directory, 'closed.pcapng'));
    one.close();
    expect(() => one.synthesiser.open(CONNECTION)).to.throw('is closed');
  });

  it('leaves no lock behind when the file cannot be made', () => {
    fs.mkdirSync(path.join(directory, 'folder'));
    expect(() => openRecording(path.join(directory, 'folder'))).to.throw('EISDIR');
    expect(fs.existsSync(path.join(directory, 'folder.lock'))).to.equal(false);
    expect(() => openRecording(path.join(directory, 'none', 'a.pcapng'))).to.throw('ENOENT');
  });

  it('takes over from a process killed in the middle, whose file ends at most one block early', async () => {
    const file = path.join(directory, 'killed.pcapng');
    const module = pathToFileURL(path.resolve('dissector/capture/record-file.ts')).href;
    const script = `
      import { openRecording } from ${JSON.stringify(module)};
      const sink = openRecording(${JSON.stringify(file)}).synthesiser.open(${JSON.stringify(CONNECTION)});
      const message = Buffer.alloc(50_000);
      console.log('writing');
      for (;;) sink.message('sent', [message]);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    await new Promise((resolve) => child.stdout.once('data', resolve));
    expect(() => openRecording(file)).to.throw('somebody else records to');
    await new Promise((resolve) => setTimeout(resolve, 5));
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
    expect(blocks(file).count).to.be.greaterThan(5);
    const { size } = fs.statSync(file);
    recording(file);
    expect(fs.statSync(file).size).to.be.lessThan(size);
  });

  it('takes over a lock whose process number now is another’s', () => {
    const file = path.join(directory, 'reused.pcapng');
    fs.writeFileSync(`${file}.lock`, `${process.pid} 1`);
    recording(file);
    fs.writeFileSync(path.join(directory, 'garbage.pcapng.lock'), 'garbage');
    recording(path.join(directory, 'garbage.pcapng'));
  });

  it('writes to what is no file, without a lock or an end to cut off', () => {
    const to = openCaptureFile('/dev/null');
    to.write(Buffer.from('a block'));
    to.close();
    expect(fs.existsSync('/dev/null.lock')).to.equal(false);
  });
});
