import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Arguments } from '../../cli/arguments.ts';
import { endingOf, Recordings, replayPrograms, sessionIn } from '../../cli/replay-session.ts';
import { capture } from '../replay/sessions.ts';
import { fakeIo } from './fake-io.ts';

const NO_ARGUMENTS = new Arguments(
  {
    filter: { value: 'F', describe: '' },
    keylog: { value: 'F', describe: '', repeat: true },
    idl: { value: 'F', describe: '', repeat: true },
  },
  new Map(),
  [],
);

describe('cli/replay-session', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-replay-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('gives the session of a capture that is whole and has calls', async () => {
    const table = await replayPrograms(NO_ARGUMENTS);
    const io = fakeIo();
    const session = await sessionIn(capture('rpcbind-tcp-udp.pcap'), table, NO_ARGUMENTS, io);
    expect(session.calls).to.have.length(12);
    const refused = async (file: string) => {
      const failed = await sessionIn(file, table, NO_ARGUMENTS, io).catch((e: Error) => e);
      return (failed as Error).message;
    };
    expect(await refused('/nowhere')).to.include('no such file');
    const empty = join(folder, 'empty.pcap');
    const head = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');
    writeFileSync(empty, head);
    expect(await refused(empty)).to.include('holds no call');
    writeFileSync(empty, Buffer.concat([head, Buffer.alloc(7)]));
    expect(await refused(empty)).to.match(/at offset 24/);
  });

  it('tells reports apart by their endings, and writes one capture', () => {
    expect(
      ['a.json', 'a.ndjson', 'a.xml', 'a.html', 'a.pcapng', 'a.pdf', 'json'].map(endingOf),
    ).to.deep.equal(['.json', '.ndjson', '.xml', '.html', '.pcapng', undefined, undefined]);
    expect(new Recordings([]).sink).to.equal(null);
    const file = join(folder, 'out.pcapng');
    const recordings = new Recordings([file]);
    expect(recordings.sink).to.not.equal(null);
    recordings.close();
    expect(statSync(file).mode & 0o777).to.equal(0o600);
    expect(() => new Recordings([file, file])).to.throw('one .pcapng is enough');
  });
});
