import { expect } from 'chai';
import { ProgramTable } from '../../../codec/programs/index.ts';
import { codecOf } from '../../../codec/xdr/index.ts';
import { forEachPacket } from '../../../dissector/capture/index.ts';
import { Inspection } from '../../../dissector/inspect.ts';
import { FileHandles } from '../../../dissector/tree/file-handles.ts';
import { call, record, reply } from '../stats/fixture.ts';
import { capturePath } from '../stats/run-statistic.ts';

const [ROOT, SUB, FILE] = [1, 2, 3].map((n) => new Uint8Array([n]));
const [MOUNT, NFS] = [100005, 100003];
const [MNT, LOOKUP, REMOVE, RENAME] = [1, 3, 12, 14];
const none = { attributes_follow: false };

describe('dissector/tree/file-handles', () => {
  const table = new ProgramTable();
  let handles: FileHandles;

  before(() => table.loadAll([MOUNT, NFS]));
  beforeEach(() => {
    handles = new FileHandles();
  });

  /** A call of version 3 and its reply. */
  function exchange(program: number, procedure: number, args: unknown, result: unknown): void {
    const declared = table.procedure(program, 3, procedure)!;
    const of = record(1, 1, { program, procedure });
    handles.note(declared, call(of, codecOf(declared.procedure.argument).encode(args)));
    handles.note(declared, reply(of, 5, {}, codecOf(declared.procedure.result).encode(result)));
  }

  const mount = () =>
    exchange(MOUNT, MNT, '/export', { fhs_status: 0, mountinfo: { fhandle: ROOT, auth_flavors: [] } });
  const lookup = (dir: unknown, name: string, object: unknown, status = 0) =>
    exchange(
      NFS,
      LOOKUP,
      { what: { dir: { data: dir }, name } },
      status === 0
        ? { status, resok: { object: { data: object }, obj_attributes: none, dir_attributes: none } }
        : { status, resfail: { dir_attributes: none } },
    );
  const wcc = { before: none, after: none };

  it('joins names up to the mount point, or as far as they are known', () => {
    lookup(SUB, 'file', FILE);
    expect(handles.pathOf(FILE!)).to.equal('file');
    mount();
    lookup(ROOT, 'sub', SUB);
    expect([ROOT, SUB, FILE].map((handle) => handles.pathOf(handle!))).to.eql([
      '/export',
      '/export/sub',
      '/export/sub/file',
    ]);
    expect(handles.pathOf(new Uint8Array([9]))).to.equal(null);
  });

  it('learns nothing from what failed, nor from . and ..', () => {
    mount();
    lookup(ROOT, 'nothing', FILE, 2);
    lookup(ROOT, '.', ROOT);
    lookup(SUB, '..', ROOT);
    expect(handles.pathOf(FILE!)).to.equal(null);
    expect(handles.pathOf(ROOT!)).to.equal('/export');
  });

  it('follows what is moved, with all that is in it, and forgets what is removed', () => {
    mount();
    lookup(ROOT, 'sub', SUB);
    lookup(SUB, 'file', FILE);
    const at = (name: string) => ({ dir: { data: ROOT }, name });
    exchange(
      NFS,
      RENAME,
      { from: at('sub'), to: at('other') },
      { status: 0, resok: { fromdir_wcc: wcc, todir_wcc: wcc } },
    );
    expect(handles.pathOf(FILE!)).to.equal('/export/other/file');
    exchange(
      NFS,
      REMOVE,
      { object: { dir: { data: SUB }, name: 'file' } },
      { status: 0, resok: { dir_wcc: wcc } },
    );
    expect(handles.pathOf(FILE!)).to.equal(null);
  });

  it('ends on directories within each other', () => {
    lookup(ROOT, 'a', SUB);
    lookup(SUB, 'b', ROOT);
    expect(handles.pathOf(ROOT!)!.length).to.be.below(200);
  });

  it('keeps the names that are used, of more handles than there is room for', () => {
    mount();
    for (let i = 0; i < 70_000; i++) {
      lookup(ROOT, `n${i}`, Buffer.from(`h${i}`));
      if (i % 20_000 === 0) handles.pathOf(Buffer.from('h0'));
    }
    expect(handles.pathOf(Buffer.from('h0'))).to.contain('n0');
    expect(handles.pathOf(Buffer.from('h1'))).to.equal(null);
    expect(handles.pathOf(Buffer.from('h69999'))).to.contain('n69999');
  }).timeout(20_000);

  it('is shown as a field from the reply on that told the name, and not in compat mode', async () => {
    const names = async (compat: boolean): Promise<string[]> => {
      const inspection = new Inspection({ compat, programs: table.programs(), declared: table });
      const def = inspection.walker.registry.find('nfs.full_name');
      const collector = inspection.collect(def === undefined ? [] : [def]);
      const seen: string[] = [];
      inspection.addOutput(
        {
          frame() {
            for (const slot of collector.slots) seen.push(...slot.values.slice(0, slot.count).map(String));
          },
        },
        false,
      );
      await forEachPacket(capturePath('nfs3-libnfs.pcap'), (packet, capture) =>
        inspection.packet(packet, capture),
      );
      return seen;
    };
    expect(await names(false)).to.include.members(['/share/letters', '/share/letters/hello.txt']);
    expect(await names(true)).to.eql([]);
  });
});
