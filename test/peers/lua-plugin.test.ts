/**
 * Plugins that `compile --to lua` makes, run by tshark over recorded, made-up and broken captures: the same fields as
 * our own dissector finds, and never a Lua error.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { luaPlugin } from '../../cli/lua-plugin.ts';
import { parseIdl } from '../../codec/idl/index.ts';
import { ProgramTable } from '../../codec/programs/index.ts';
import {
  AuthFlavor,
  encodeCall,
  encodeCredential,
  encodeRecord,
  encodeReply,
  GssProcedure,
  GssService,
  gssIntegrityBody,
  gssPrivacyBody,
  type OpaqueAuth,
} from '../../codec/rpc/index.ts';
import { encode, type Rng, randomValue, rngOf, type XdrType, xdr } from '../../codec/xdr/index.ts';
import { type SynthesisedSink, Synthesiser } from '../../dissector/capture/index.ts';
import { ourFields, theirFields } from './lua-fields.ts';
import { mutatePackets, random } from './mutations.ts';
import { hasTshark, tshark } from './tshark.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(path, 'utf8');
const capture = (name: string) => join(root, 'captures', name);

const LEDGER = 'captures/src/ledger.x';
/** Mutated captures of each kind; ONCILLA_LUA_SEEDS asks for more. */
const SEEDS = Number(process.env.ONCILLA_LUA_SEEDS ?? 6);
const EXOTIC = 'test/codec/idl/fixtures/exotic.x';

describe(`a Lua plugin in tshark${hasTshark ? '' : ' (skipped: tshark is not installed)'}`, function () {
  this.timeout(120_000);
  let folder = '';

  before(function () {
    if (!hasTshark) this.skip();
    folder = mkdtempSync(join(tmpdir(), 'oncilla-lua-'));
  });

  after(() => {
    if (folder !== '') rmSync(folder, { recursive: true });
  });

  const module = (file: string) =>
    parseIdl(read(join(root, file)), { file, readFile: (path) => read(join(root, path)) });

  /** The plugin's file and our table of the same programs. */
  async function prepare(file: string): Promise<{ plugin: string; table: ProgramTable }> {
    const described = module(file);
    const plugin = join(folder, file.replaceAll('/', '-').replace(/x$/, 'lua'));
    writeFileSync(plugin, await luaPlugin(described, file));
    const table = new ProgramTable();
    for (const program of described.programs) {
      for (const { number } of program.versions) {
        if (!(await table.load(program.number, number))) table.add(program);
      }
    }
    return { plugin, table };
  }

  /** Holds tshark's fields to ours; the number of values compared. */
  async function compare(pcap: string, file: string, program: number, name: string): Promise<number> {
    const { plugin, table } = await prepare(file);
    const ours = await ourFields(pcap, program, table);
    // one of the recorded clients has the port of 9P, which Wireshark takes for that
    const theirs = theirFields(pcap, plugin, name, ours.kinds, '--disable-protocol', '9p');
    expect(theirs.complaints).to.equal('');
    let values = 0;
    for (const [frame, list] of ours.fields) {
      expect(theirs.fields.get(frame), `${name}, frame ${frame}`).to.deep.equal(list);
      values += list.length;
    }
    expect([...theirs.fields.keys()]).to.deep.equal([...ours.fields.keys()]);
    return values;
  }

  const recorded: [pcap: string, file: string, program: number, name: string, least: number][] = [
    ['ledger-tcp.pcap', LEDGER, 0x20004c45, 'ledger', 200],
    ['ledger-udp.pcap', LEDGER, 0x20004c45, 'ledger', 200],
    ['ledger-gss-krb5.pcap', LEDGER, 0x20004c45, 'ledger', 60],
    ['nfs3-libnfs.pcap', 'codec/programs/nfs3.x', 100003, 'nfs_v3', 900],
    ['nfs3-libnfs.pcap', 'codec/programs/mount3.x', 100005, 'mount_v3', 40],
    ['nfs3-libnfs.pcap', 'codec/programs/portmap2.x', 100000, 'portmap_v2', 40],
    ['rpcbind-tcp-udp.pcap', 'codec/programs/rpcbind.x', 100000, 'portmap_v3', 40],
    ['nfs4-libnfs.pcap', 'codec/programs/nfs4.x', 100003, 'nfs_v4', 900],
  ];
  for (const [pcap, file, program, name, least] of recorded) {
    it(`shows ${name} of ${pcap} as we do`, async () => {
      expect(await compare(capture(pcap), file, program, name)).to.be.at.least(least);
    });
  }

  const invented: [file: string, name: string, program: number, transport: 'tcp' | 'udp'][] = [
    [LEDGER, 'ledger', 0x20004c45, 'tcp'],
    [LEDGER, 'ledger', 0x20004c45, 'udp'],
    [EXOTIC, 'exotic', 0, 'tcp'],
    [EXOTIC, 'exotic', 0, 'udp'],
    ['codec/programs/virt.x', 'virt', 0x20001a65, 'tcp'],
    ['codec/programs/ypserv.x', 'ypserv_v2', 100004, 'udp'],
    ['codec/programs/nfs4.x', 'nfs_v4', 100003, 'tcp'],
  ];
  for (const [file, name, program, transport] of invented) {
    it(`shows random ${name} messages over ${transport.toUpperCase()} as we do`, async () => {
      const programs = module(file).programs.filter((p) => p.versions.some((v) => v.procedures.length > 0));
      for (const described of programs.filter((p) => program === 0 || p.number === program)) {
        const pcap = join(folder, `${name}-${described.number}-${transport}.pcapng`);
        writeFileSync(pcap, conversation(described, transport, rngOf(described.number)));
        const { table } = await prepare(file);
        const shown = program === 0 ? filterOf(described.name) : name;
        expect(table.version(described.number, described.versions[0]!.number)).to.not.equal(undefined);
        expect(await compare(pcap, file, described.number, shown), shown).to.be.greaterThan(50);
      }
    });
  }

  it('shows the programs of several plugins in one capture, whoever takes a connection first', async () => {
    const files = ['portmap2', 'mount3', 'nfs3', 'nfs4', 'virt'].map((name) => `codec/programs/${name}.x`);
    const plugins = await Promise.all(files.map(async (file) => (await prepare(file)).plugin));
    const first = plugins[0] ?? '';
    const others = plugins.slice(1).flatMap((plugin) => ['-X', `lua_script:${plugin}`]);
    const pcap = capture('nfs3-libnfs.pcap');
    for (const [program, name] of [
      [100000, 'portmap_v2'],
      [100005, 'mount_v3'],
      [100003, 'nfs_v3'],
    ] as const) {
      const { table } = await prepare(
        files.find((file) => file.includes(name.split('_')[0]!.slice(0, 3))) ?? '',
      );
      const ours = await ourFields(pcap, program, table);
      const theirs = theirFields(pcap, first, name, ours.kinds, ...others, '--disable-protocol', '9p', '-2');
      expect(theirs.complaints).to.equal('');
      expect([...theirs.fields.keys()], name).to.deep.equal([...ours.fields.keys()]);
    }
  });

  it('shows the call that a CALLIT carries, and what it got, where another plugin describes it', async () => {
    const inner = { prog: 100005, vers: 3, proc: 1 };
    const mount = module('codec/programs/mount3.x').programs[0]!.versions[0]!.procedures[inner.proc]!;
    const pcap = join(folder, 'callit.pcapng');
    for (const [file, name, procedure, front] of [
      ['portmap2', 'portmap_v2', 5, encode(xdr.uint(), 20048)],
      ['rpcbind', 'portmap_v3', 5, encode(xdr.string(), '10.0.0.2.78.80')],
    ] as const) {
      const { plugin } = await prepare(`codec/programs/${file}.x`);
      const { plugin: other } = await prepare('codec/programs/mount3.x');
      const numbers = { program: 100000, version: file === 'rpcbind' ? 3 : 2, procedure };
      const counted = (bytes: Uint8Array) => encode(xdr.varOpaque(), bytes);
      const { blocks, sink } = recording('udp');
      const args = encode(mount.argument, '/letters');
      const result = encoded(mount.result, rngOf(3));
      const asked = Buffer.concat([...Object.values(inner).map((n) => encode(xdr.uint(), n)), counted(args)]);
      sink.message('sent', [encodeCall({ xid: 1, ...numbers }, asked)]);
      const told = Buffer.concat([front, counted(result)]);
      sink.message('received', [encodeReply({ xid: 1, verdict: 'SUCCESS' }, told)]);
      // bytes that do not hold what they should, and of a program that nobody describes
      const tooLong = Buffer.concat([asked.subarray(0, 12), counted(encode(xdr.uint(), 5000))]);
      sink.message('sent', [encodeCall({ xid: 2, ...numbers }, tooLong)]);
      const strange = Buffer.concat([encode(xdr.uint(), 4711), asked.subarray(4)]);
      sink.message('sent', [encodeCall({ xid: 3, ...numbers }, strange)]);
      writeFileSync(pcap, Buffer.concat(blocks));
      for (const passes of [[], ['-2']]) {
        const flags = ['-X', `lua_script:${other}`, ...passes];
        const within = theirFields(pcap, plugin, 'mount_v3', new Map(), ...flags);
        expect(within.complaints).to.equal('');
        expect(within.fields.get(1), name).to.deep.equal(['arg1=/letters']);
        expect(within.fields.get(2)?.[0], name).to.match(/^fhs_status=/);
        expect(within.malformed, name).to.equal(1);
        expect([...within.fields.keys()]).not.to.include(4);
        const around = theirFields(pcap, plugin, name, new Map(), ...flags);
        expect(around.fields.get(1)?.slice(0, 3)).to.deep.equal(['prog=100005', 'vers=3', 'proc=1']);
        expect(around.fields.get(4)?.slice(0, 3)).to.deep.equal(['prog=4711', 'vers=3', 'proc=1']);
      }
      expect(theirFields(pcap, plugin, 'mount_v3', new Map()).fields.size, 'alone').to.equal(0);
    }
  });

  it('takes a program that Wireshark does not know beside those it knows', async () => {
    const { plugin, table } = await prepare(LEDGER);
    const pcap = join(folder, 'mixed.pcap');
    // a classic capture goes on behind another's header
    const parts = ['nfs3-libnfs.pcap', 'ledger-tcp.pcap'].map((name) => readFileSync(capture(name)));
    writeFileSync(pcap, Buffer.concat([parts[0]!, parts[1]!.subarray(24)]));
    const ours = await ourFields(pcap, 0x20004c45, table);
    const theirs = theirFields(pcap, plugin, 'ledger', ours.kinds);
    expect([...theirs.fields.keys()]).to.deep.equal([...ours.fields.keys()]);
    expect(ours.fields.size).to.be.greaterThan(30);
  });

  it('keeps the fields and statistics of the built-in RPC dissector', async () => {
    const { plugin } = await prepare(LEDGER);
    const script = ['-X', `lua_script:${plugin}`];
    const file = capture('ledger-tcp.pcap');
    const fields = ['rpc.xid', 'rpc.time', 'rpc.repframe', 'rpc.fraglen', '_ws.col.Info'];
    const line = tshark(
      file,
      ...script,
      '-Y',
      'ledger.code == 0',
      '-T',
      'fields',
      ...fields.flatMap((f) => ['-e', f]),
    )
      .trimEnd()
      .split('\n')[0]
      ?.split('\t');
    expect(line?.[0]).to.match(/^0x[0-9a-f]{8}$/);
    expect(Number(line?.[1])).to.be.greaterThan(0);
    expect(line?.[4]).to.match(new RegExp(`^V1 LEDGER_POST Reply \\(Call In ${line?.[2]}\\)$`));
    expect(Number(line?.[3])).to.be.greaterThan(24);
    expect(tshark(file, ...script, '-q', '-z', 'rpc,programs')).to.match(/LEDGER|536890437/);
  });

  for (const [label, service, shown] of [
    ['none', GssService.NONE, true],
    ['integrity', GssService.INTEGRITY, true],
    ['privacy', GssService.PRIVACY, false],
  ] as const) {
    it(`shows what RPCSEC_GSS with service ${label} leaves in the clear, as we do`, async () => {
      const [ledger] = module(LEDGER).programs;
      const pcap = join(folder, `gss-${label}.pcapng`);
      writeFileSync(pcap, conversation(ledger!, 'tcp', rngOf(service), service));
      const values = await compare(pcap, LEDGER, 0x20004c45, 'ledger');
      if (shown) expect(values).to.be.greaterThan(50);
      else expect(values).to.equal(0);
    });
  }

  it('shows versions above 10, for which Wireshark has no header to show', async () => {
    const file = 'test/codec/idl/fixtures/late.x';
    const [late] = module(file).programs;
    expect(late!.versions[0]!.number).to.be.greaterThan(10);
    const pcap = join(folder, 'late.pcapng');
    for (const kind of ['tcp', 'udp'] as const) {
      writeFileSync(pcap, conversation(late!, kind, rngOf(11)));
      expect(await compare(pcap, file, late!.number, 'late'), kind).to.be.greaterThan(20);
    }
  });

  it('names the field that does not fit', async () => {
    const { plugin, table } = await prepare(LEDGER);
    const pcap = join(folder, 'malformed.pcapng');
    const numbers = { program: 0x20004c45, version: 1, procedure: 3 };
    const tooLong = Buffer.from('00000041', 'hex');
    writeFileSync(pcap, datagrams([encodeCall({ xid: 1, ...numbers }, tooLong)]));
    const text = tshark(pcap, '-X', `lua_script:${plugin}`, '-V', '-Y', 'ledger._malformed');
    expect(text).to.match(/^ +arg1: length 65 exceeds 64$/m);
    expect(table.programs().length).to.equal(1);
  });

  const broken: [pcap: string, file: string, name: string][] = [
    ['ledger-tcp.pcap', LEDGER, 'ledger'],
    ['ledger-udp.pcap', LEDGER, 'ledger'],
    ['nfs3-libnfs.pcap', 'codec/programs/nfs3.x', 'nfs_v3'],
    ['nfs4-libnfs.pcap', 'codec/programs/nfs4.x', 'nfs_v4'],
  ];
  for (const [pcap, file, name] of broken) {
    it(`survives what is broken in ${pcap}`, async () => {
      const { plugin } = await prepare(file);
      const path = join(folder, 'mutated.pcap');
      let malformed = 0;
      for (let seed = 1; seed <= SEEDS; seed++) {
        writeFileSync(path, mutatePackets(readFileSync(capture(pcap)), random(seed)));
        const theirs = theirFields(path, plugin, name, new Map(), '-o', 'tcp.reassemble_out_of_order:TRUE');
        expect(theirs.complaints, `seed ${seed}`).to.equal('');
        malformed += theirs.malformed;
      }
      // few faults reach the bodies of so few large messages
      if (name !== 'nfs_v4') expect(malformed).to.be.greaterThan(0);
    });
  }
});

/** A capture of datagrams from one client. */
function datagrams(messages: readonly Uint8Array[]): Buffer {
  const { blocks, sink } = recording('udp');
  for (const message of messages) sink.message('sent', [message]);
  return Buffer.concat(blocks);
}

function recording(kind: 'tcp' | 'udp'): { blocks: Uint8Array[]; sink: SynthesisedSink } {
  const blocks: Uint8Array[] = [];
  let now = 0;
  const writer = new Synthesiser({
    write: (bytes) => blocks.push(Buffer.from(bytes)),
    now: () => ({ sec: 1_700_000_000, nsec: now++ * 1000 }),
  });
  const sink = writer.open({
    kind,
    side: 'client',
    local: { text: 'client', address: '10.0.0.1', port: 40_001 },
    remote: { text: 'server', address: '10.0.0.2', port: 4711 },
  });
  return { blocks, sink };
}

/** As inspect makes a filter name of a program's. */
function filterOf(name: string): string {
  return name.toLowerCase().replace(/_?prog(ram)?$/, '');
}

type Described = ReturnType<typeof parseIdl>['programs'][number];

/**
 * A capture of calls and replies with random values; over TCP in records of several fragments, cut anywhere. `service`:
 * as RPCSEC_GSS wraps bodies for it.
 */
function conversation(program: Described, kind: 'tcp' | 'udp', rng: Rng, service = 0): Buffer {
  const { blocks, sink } = recording(kind);
  const send = (direction: 'sent' | 'received', message: Uint8Array): void => {
    if (kind === 'udp') {
      sink.message(direction, [message]);
      return;
    }
    const record = encodeRecord(message, 1 + (rng() % (2 * message.length)));
    const cut = rng() % record.length;
    for (const part of [record.subarray(0, cut), record.subarray(cut)]) {
      if (part.length > 0) sink.message(direction, [part]);
    }
  };
  let xid = 1;
  for (let round = 0; round < 4; round++) {
    for (const version of program.versions) {
      for (const procedure of version.procedures) {
        const numbers = { program: program.number, version: version.number, procedure: procedure.number };
        const credential = service === 0 ? {} : { credential: gssCredential(xid, service) };
        const body = (type: XdrType) => wrapped(encoded(type, rng), xid, service);
        send('sent', encodeCall({ xid, ...numbers, ...credential }, body(procedure.argument)));
        send('received', encodeReply({ xid, verdict: 'SUCCESS' }, body(procedure.result)));
        xid++;
      }
    }
  }
  return Buffer.concat(blocks);
}

function gssCredential(seq_num: number, service: number): OpaqueAuth {
  const handle = Buffer.from('context');
  return encodeCredential(AuthFlavor.RPCSEC_GSS, {
    version: 1,
    body: { gss_proc: GssProcedure.DATA, seq_num, service, handle },
  });
}

/** A body as RFC 2203 section 5.3.2 has it, with bytes of no meaning for checksum and token. */
function wrapped(body: Uint8Array, sequence: number, service: number): Uint8Array {
  if (service === GssService.PRIVACY) {
    return encode(gssPrivacyBody, { databody_priv: Buffer.alloc(body.length + 60, 0x5a) });
  }
  if (service !== GssService.INTEGRITY) return body;
  const databody_integ = Buffer.concat([encode(xdr.uint(), sequence), body]);
  return encode(gssIntegrityBody, { databody_integ, checksum: Buffer.alloc(28, 0xa5) });
}

/** The bytes of a random value; tshark prints NaN and text that is not ASCII in ways of its own. */
function encoded(type: XdrType, rng: Rng): Uint8Array {
  return encode(type, randomValue(type, rng, { plainText: true, nan: false, elements: 5 }));
}
