import { expect } from 'chai';
import { ProgramTable } from '../../../codec/programs/index.ts';
import { codecOf, fromJson } from '../../../codec/xdr/index.ts';
import { forEachPacket } from '../../../dissector/capture/index.ts';
import { Inspection } from '../../../dissector/inspect.ts';
import { FileHandles } from '../../../dissector/tree/file-handles.ts';
import { call, record, reply } from '../stats/fixture.ts';
import { capturePath } from '../stats/run-statistic.ts';

const [ROOT, SUB, FILE] = [1, 2, 3].map((n) => new Uint8Array([n]));
const [MOUNT, NFS] = [100005, 100003];
const [MNT, LOOKUP, REMOVE, RENAME] = [1, 3, 12, 14];
const SERVER = '10.0.0.1';
const none = { attributes_follow: false };

const hexOf = (bytes: Uint8Array | undefined) => Buffer.from(bytes!).toString('hex');

describe('dissector/tree/file-handles', () => {
  const table = new ProgramTable();
  let handles: FileHandles;

  before(() => table.loadAll([MOUNT, NFS]));
  beforeEach(() => {
    handles = new FileHandles();
  });

  function exchangeOf(
    version: number,
    program: number,
    procedure: number,
    args: unknown,
    result: unknown,
    server = SERVER,
  ): void {
    const declared = table.procedure(program, version, procedure)!;
    const of = record(1, 1, { program, version, procedure });
    handles.note(declared, call(of, codecOf(declared.procedure.argument).encode(args)), server);
    handles.note(declared, reply(of, 5, {}, codecOf(declared.procedure.result).encode(result)), server);
  }

  /** A call of version 3 and its reply. */
  function exchange(
    program: number,
    procedure: number,
    args: unknown,
    result: unknown,
    server?: string,
  ): void {
    exchangeOf(3, program, procedure, args, result, server);
  }

  const mount = () =>
    exchange(MOUNT, MNT, '/export', { fhs_status: 0, mountinfo: { fhandle: ROOT, auth_flavors: [] } });
  const lookup = (dir: unknown, name: string, object: unknown, status = 0, server = SERVER) =>
    exchange(
      NFS,
      LOOKUP,
      { what: { dir: { data: dir }, name } },
      status === 0
        ? { status, resok: { object: { data: object }, obj_attributes: none, dir_attributes: none } }
        : { status, resfail: { dir_attributes: none } },
      server,
    );
  const wcc = { before: none, after: none };

  it('joins names up to the mount point, or as far as they are known', () => {
    lookup(SUB, 'file', FILE);
    expect(handles.pathOf(SERVER, FILE!)).to.equal('file');
    mount();
    lookup(ROOT, 'sub', SUB);
    expect([ROOT, SUB, FILE].map((handle) => handles.pathOf(SERVER, handle!))).to.eql([
      '/export',
      '/export/sub',
      '/export/sub/file',
    ]);
    expect(handles.pathOf(SERVER, new Uint8Array([9]))).to.equal(null);
  });

  it('names the entries that READDIRPLUS has handles of', () => {
    mount();
    const READDIRPLUS = 17;
    const entry = (name: string, handle?: Uint8Array) => ({
      fileid: 1n,
      name,
      cookie: 1n,
      name_attributes: none,
      name_handle:
        handle === undefined ? { handle_follows: false } : { handle_follows: true, handle: { data: handle } },
    });
    const cookieverf = new Uint8Array(8);
    const entries = [entry('.', ROOT), entry('sub', SUB), entry('bare'), entry('file', FILE)];
    const resok = { dir_attributes: none, cookieverf, reply: { entries, eof: true } };
    const args = { dir: { data: ROOT }, cookie: 0n, cookieverf, dircount: 512, maxcount: 4096 };
    exchange(NFS, READDIRPLUS, args, { status: 0, resok });
    expect([ROOT, SUB, FILE].map((handle) => handles.pathOf(SERVER, handle!))).to.eql([
      '/export',
      '/export/sub',
      '/export/file',
    ]);
  });

  it('names the handles of version 2, whose mounts are of version 1', () => {
    const [root, file] = [1, 2].map((n) => new Uint8Array(32).fill(n));
    exchangeOf(1, MOUNT, MNT, '/old', { status: 0, directory: root });
    const time = { seconds: 0, useconds: 0 };
    const numbers = ['mode', 'nlink', 'uid', 'gid', 'size', 'blocksize', 'rdev', 'blocks', 'fsid', 'fileid'];
    const attributes = Object.fromEntries(numbers.map((name) => [name, 0]));
    const diropok = { file, attributes: { type: 1, ...attributes, atime: time, mtime: time, ctime: time } };
    exchangeOf(2, NFS, 4, { dir: root, name: 'file' }, { status: 0, diropok });
    expect([root, file].map((handle) => handles.pathOf(SERVER, handle!))).to.eql(['/old', '/old/file']);
  });

  it('learns nothing from what failed, nor from . and ..', () => {
    mount();
    lookup(ROOT, 'nothing', FILE, 2);
    lookup(ROOT, '.', ROOT);
    lookup(SUB, '..', ROOT);
    expect(handles.pathOf(SERVER, FILE!)).to.equal(null);
    expect(handles.pathOf(SERVER, ROOT!)).to.equal('/export');
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
    expect(handles.pathOf(SERVER, FILE!)).to.equal('/export/other/file');
    exchange(
      NFS,
      REMOVE,
      { object: { dir: { data: SUB }, name: 'file' } },
      { status: 0, resok: { dir_wcc: wcc } },
    );
    expect(handles.pathOf(SERVER, FILE!)).to.equal(null);
  });

  it('keeps the handles of different servers apart', () => {
    mount();
    lookup(ROOT, 'sub', SUB, 0, '10.0.0.9');
    expect(handles.pathOf('10.0.0.9', SUB!)).to.equal('sub');
    expect(handles.pathOf(SERVER, SUB!)).to.equal(null);
    expect(handles.pathOf('10.0.0.9', ROOT!)).to.equal(null);
  });

  describe('of compounds', () => {
    /** An operation by its name: arguments, and results (its status only where nothing is said). */
    type Operation = readonly [name: string, args?: object | undefined, resok?: object];

    /** A COMPOUND of which so many operations are carried out before one fails. */
    function compound(operations: readonly Operation[], carriedOut = operations.length): void {
      const { procedure } = table.procedure(NFS, 4, 1)!;
      const argument = fromJson(procedure.argument, {
        tag: '',
        minorversion: 0,
        argarray: operations.map(([name, args]) => ({
          argop: `OP_${name}`,
          ...(args === undefined ? {} : { [`op${name.toLowerCase()}`]: args }),
        })),
      });
      const status = carriedOut < operations.length ? 'NFS4ERR_NOENT' : 'NFS4_OK';
      const result = fromJson(procedure.result, {
        status,
        tag: '',
        resarray: operations.slice(0, carriedOut + 1).map(([name, , resok], i) => ({
          resop: `OP_${name}`,
          [`op${name.toLowerCase()}`]:
            i === carriedOut
              ? { status }
              : { status: 'NFS4_OK', ...(resok === undefined ? {} : { resok4: resok }) },
        })),
      });
      exchangeOf(4, NFS, 1, argument, result);
    }

    const lookupOf = (objname: string): Operation => ['LOOKUP', { objname }];
    const putfh = (object: Uint8Array | undefined): Operation => ['PUTFH', { object: hexOf(object) }];
    const getfh = (object: Uint8Array | undefined): Operation => [
      'GETFH',
      undefined,
      { object: hexOf(object) },
    ];
    const cinfo = { atomic: true, before: '0', after: '1' };
    const paths = () => [ROOT, SUB, FILE].map((handle) => handles.pathOf(SERVER, handle!));

    it('follows names from the root, and from handles', () => {
      compound([['PUTROOTFH'], lookupOf('export'), getfh(ROOT)]);
      compound([putfh(ROOT), lookupOf('sub'), getfh(SUB), lookupOf('dir'), lookupOf('file'), getfh(FILE)]);
      expect(paths()).to.eql(['/export', '/export/sub', '/export/sub/dir/file']);
    });

    it('learns only from what was carried out', () => {
      compound([['PUTROOTFH'], lookupOf('export'), getfh(ROOT), lookupOf('sub'), getfh(SUB)], 3);
      expect(paths()).to.eql(['/export', null, null]);
    });

    it('goes up, saves and restores', () => {
      compound([['PUTROOTFH'], lookupOf('a'), lookupOf('b'), ['SAVEFH'], ['LOOKUPP'], getfh(ROOT)]);
      compound([
        putfh(ROOT),
        lookupOf('b'),
        ['SAVEFH'],
        ['PUTROOTFH'],
        ['RESTOREFH'],
        getfh(SUB),
        ['LOOKUPP'],
        lookupOf('c'),
        getfh(FILE),
      ]);
      expect(paths()).to.eql(['/a', '/a/b', '/a/c']);
    });

    it('names what is opened by name and what is created', () => {
      const attributes = { attrmask: [], attr_vals: '' };
      const open = {
        seqid: 1,
        share_access: 1,
        share_deny: 0,
        owner: { clientid: '1', owner: '' },
        openhow: { opentype: 'OPEN4_NOCREATE' },
        claim: { claim: 'CLAIM_NULL', file: 'file' },
      };
      const opened = {
        stateid: { seqid: 1, other: '00'.repeat(12) },
        cinfo,
        rflags: 0,
        attrset: [],
        delegation: { delegation_type: 'OPEN_DELEGATE_NONE' },
      };
      compound([
        ['PUTROOTFH'],
        [
          'CREATE',
          { objtype: { type: 'NF4DIR' }, objname: 'new', createattrs: attributes },
          { cinfo, attrset: [] },
        ],
        getfh(SUB),
      ]);
      compound([putfh(SUB), ['OPEN', open, opened], getfh(FILE)]);
      expect(paths()).to.eql([null, '/new', '/new/file']);
    });

    it('names the entries of a directory that come with their handles', () => {
      // the bit of the filehandle attribute, and a handle of one byte behind its length
      const attrs = { attrmask: [1 << 19], attr_vals: '0000000103000000' };
      const args = { cookie: '0', cookieverf: '00'.repeat(8), dircount: 0, maxcount: 0, attr_request: [] };
      const entries = [{ cookie: '1', name: 'file', attrs }];
      const found = { cookieverf: '00'.repeat(8), reply: { entries, eof: true } };
      compound([['PUTROOTFH'], ['READDIR', args, found]]);
      expect(paths()).to.eql([null, null, '/file']);
    });

    it('follows what is moved and forgets what is removed', () => {
      compound([['PUTROOTFH'], lookupOf('a'), getfh(ROOT), lookupOf('sub'), getfh(SUB)]);
      compound([putfh(SUB), lookupOf('file'), getfh(FILE)]);
      const change = { source_cinfo: cinfo, target_cinfo: cinfo };
      compound([
        putfh(ROOT),
        ['SAVEFH'],
        ['PUTROOTFH'],
        ['RENAME', { oldname: 'sub', newname: 'b' }, change],
      ]);
      expect(paths()).to.eql(['/a', '/b', '/b/file']);
      compound([putfh(SUB), ['REMOVE', { target: 'file' }, { cinfo }]]);
      expect(paths()).to.eql(['/a', '/b', null]);
    });
  });

  it('ends on directories within each other', () => {
    lookup(ROOT, 'a', SUB);
    lookup(SUB, 'b', ROOT);
    expect(handles.pathOf(SERVER, ROOT!)!.length).to.be.below(200);
  });

  it('keeps the names that are used, of more handles than there is room for', () => {
    mount();
    for (let i = 0; i < 70_000; i++) {
      lookup(ROOT, `n${i}`, Buffer.from(`h${i}`));
      if (i % 20_000 === 0) handles.pathOf(SERVER, Buffer.from('h0'));
    }
    expect(handles.pathOf(SERVER, Buffer.from('h0'))).to.contain('n0');
    expect(handles.pathOf(SERVER, Buffer.from('h1'))).to.equal(null);
    expect(handles.pathOf(SERVER, Buffer.from('h69999'))).to.contain('n69999');
  }).timeout(20_000);

  it('is shown as a field from the reply on that told the name, and not in compat mode', async () => {
    const names = async (capture: string, compat = false): Promise<string[]> => {
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
      await forEachPacket(capturePath(capture), (packet, read) => inspection.packet(packet, read));
      return seen;
    };
    const known = ['/share/letters', '/share/letters/hello.txt'];
    expect(await names('nfs3-libnfs.pcap')).to.include.members(known);
    expect(await names('nfs4-libnfs.pcap')).to.include.members(known);
    expect(await names('nfs4-libnfs.pcap', true)).to.eql([]);
  });

  it('is shown in the reply to a mount too', async () => {
    const inspection = new Inspection({
      programs: table.programs(),
      declared: table,
      filter: 'mount && nfs.full_name',
    });
    const shown: number[] = [];
    inspection.addOutput({ frame: ({ packet }) => void shown.push(packet.number) }, false);
    await forEachPacket(capturePath('nfs3-libnfs.pcap'), (packet, read) => inspection.packet(packet, read));
    expect(shown).to.include(19);
  });
});
