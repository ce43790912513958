import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { declarations } from '../../../codec/programs/nfs4.declare.ts';
import * as module from '../../../codec/programs/nfs4.gen.ts';
import { annotateArguments, annotateResult } from '../../../codec/rpc/annotate-body.ts';
import { decodeArguments, decodeResult, encodeResult } from '../../../codec/rpc/body.ts';
import { decodeMessage } from '../../../codec/rpc/message.ts';
import { type AnnotatedNode, codecOf, resolve, toJson } from '../../../codec/xdr/index.ts';
import { forEachPacket } from '../../../dissector/capture/for-each-packet.ts';
import { Inspection } from '../../../dissector/inspect.ts';
import { hex } from '../bytes.ts';
import { checkDeclarations, checkMessage, procedureOf } from './check.ts';

const CAPTURE = fileURLToPath(new URL('../../../captures/nfs4-libnfs.pcap', import.meta.url));
const compound = procedureOf(module, declarations, 100003, 4, 1);
const callback = procedureOf(module, declarations, 0x40000000, 1, 1);

/** The names and values of the leaves below a node, refined ones under what holds them. */
function leaves(node: AnnotatedNode, path = ''): string[] {
  if (node.refined !== undefined) return leaves(node.refined, path);
  const elements = node.expand?.() ?? node.children;
  if (elements === undefined) {
    const shown = node.value instanceof Uint8Array ? Buffer.from(node.value).toString('hex') : node.value;
    return [`${path}=${shown}`];
  }
  return elements.flatMap((child) => leaves(child, path === '' ? child.name : `${path}.${child.name}`));
}

const stateid = '00 00 00 01 0a 0b 0c 0d 0e 0f 10 11 12 13 14 15';
const stateidValue = { seqid: 1, other: hex('0a0b0c0d0e0f101112131415') };
const device = '00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f';

describe('codec/programs/nfs4', () => {
  it('declares what exists', () => checkDeclarations(module, declarations));

  it('says of operations and fields that exist how they are shown in one line', () => {
    const { compound: shown } = declarations.procedures?.NFSPROC4_COMPOUND ?? {};
    const operations = module.types.get('nfs_argop4');
    if (shown === undefined || operations?.kind !== 'union') throw new Error('no operations');
    const known = { ...module.nfs_opnum4, ...module.nfs_cb_opnum4 } as Record<string, unknown>;
    for (const name of Object.keys(shown.weights)) expect(known[name], name).to.be.a('number');
    for (const [name, details] of Object.entries(shown.details)) {
      const arm = operations.arms.find((a) => a.cases.includes(known[name] as number));
      const parts = arm && resolve(arm.type);
      if (parts?.kind !== 'struct') throw new Error(`no arguments of ${name}`);
      for (const [, path, as] of details) {
        // of an operation before it
        if (as === 'current' || as === 'known' || as === 'directory') continue;
        const [first] = path.split('.');
        expect(parts.fields.map((field) => field.name)).to.include(first);
      }
    }
  });

  it('has every operation and callback as an argument and as a result', () => {
    for (const [name, last] of [
      ['nfs', 75],
      ['nfs_cb', 15],
    ] as const) {
      const expected = [...Array(last - 2).keys()].map((n) => n + 3).concat(10044);
      for (const kind of ['argop4', 'resop4']) {
        const type = module.types.get(`${name}_${kind}`);
        if (type?.kind !== 'union') throw new Error(`no ${name}_${kind}`);
        expect(type.arms.flatMap((arm) => arm.cases.map(Number))).to.deep.equal(expected);
      }
    }
  });

  it('reads a COMPOUND call', () => {
    const args = hex(`
      00 00 00 02 68 69 00 00               # tag 'hi'
      00 00 00 00 00 00 00 03               # minor version 0, three operations
      00 00 00 18                           # PUTROOTFH
      00 00 00 0f 00 00 00 03 65 78 70 00   # LOOKUP 'exp'
      00 00 00 09 00 00 00 02               # GETATTR, two words of bits
      00 00 00 12 00 00 00 02               #   type, size; mode
    `);
    checkMessage(compound, 'arguments', args, {
      tag: 'hi',
      minorversion: 0,
      argarray: [
        { argop: 24 },
        { argop: 15, oplookup: { objname: 'exp' } },
        { argop: 9, opgetattr: { attr_request: [0x12, 2] } },
      ],
    });
  });

  const attributes = hex(`
    00 00 00 00 00 00 00 00 00 00 00 01   # NFS4_OK, no tag, one result
    00 00 00 09 00 00 00 00               # GETATTR: NFS4_OK
    00 00 00 02 00 00 00 12 00 00 00 12   # bits 1 and 4, 33 and 36
    00 00 00 1c                           # 28 bytes of
    00 00 00 02                           #   type NF4DIR
    00 00 00 00 00 00 10 00               #   size
    00 00 01 ed                           #   mode 0755
    00 00 00 05 61 40 62 2e 63 00 00 00   #   owner 'a@b.c'
  `);

  it('reads attributes by their bitmap', () => {
    const body = decodeResult(compound, attributes, 0, attributes.length);
    expect(encodeResult(compound, body.value)).to.deep.equal(new Uint8Array(attributes));
    const path = 'resarray.[0].opgetattr.resok4.obj_attributes.attr_vals';
    expect(leaves(annotateResult(compound, attributes, 0, attributes.length)).slice(-4)).to.deep.equal([
      `${path}.type=2`,
      `${path}.size=4096`,
      `${path}.mode=493`,
      `${path}.owner=a@b.c`,
    ]);
    const { refinements } = compound;
    if (refinements === undefined) throw new Error('nothing declared');
    expect(toJson(compound.procedure.result, body.value, { refinements })).to.have.deep.nested.property(
      'resarray[0].opgetattr.resok4.obj_attributes.attr_vals',
      { type: 'NF4DIR', size: '4096', mode: 493, owner: 'a@b.c' },
    );
  });

  it('knows every attribute, in the order of their numbers', () => {
    const fattr4 = declarations.refinements?.find((r) => r.field === 'attr_vals');
    if (fattr4?.by.kind !== 'bitmap') throw new Error('no bitmap');
    expect([...fattr4.by.fields.keys()]).to.deep.equal([...Array(83).keys()]);
    for (const [bit, { name }] of fattr4.by.fields) {
      expect((module as Record<string, unknown>)[`FATTR4_${name.toUpperCase()}`], name).to.equal(bit);
    }
  });

  it('keeps attributes that are cut short as bytes', () => {
    const cut = Uint8Array.from(attributes);
    cut[27] = 0x1e; // bits that bring more than is there
    const node = annotateResult(compound, cut, 0, cut.length);
    expect(node.error).to.equal(undefined);
    expect(leaves(node).some((line) => line.endsWith('attr_vals.type=2'))).to.equal(true);
    const { value } = decodeResult(compound, cut, 0, cut.length);
    const json = toJson(compound.procedure.result, value, { refinements: compound.refinements ?? new Map() });
    expect(json)
      .to.have.nested.property('resarray[0].opgetattr.resok4.obj_attributes.attr_vals')
      .that.is.a('string');
  });

  it('reads a layout of files', () => {
    const result = hex(`
      00 00 00 00 00 00 00 00 00 00 00 01   # NFS4_OK, no tag, one result
      00 00 00 32 00 00 00 00               # LAYOUTGET: NFS4_OK
      00 00 00 01 ${stateid}                # return on close
      00 00 00 01                           # one layout
      00 00 00 00 00 00 00 00               #   offset
      ff ff ff ff ff ff ff ff               #   length: all
      00 00 00 02 00 00 00 01               #   LAYOUTIOMODE4_RW, LAYOUT4_NFSV4_1_FILES
      00 00 00 2c                           #   44 bytes of
      ${device}                             #     device
      00 00 00 40                           #     stripe unit of 64 bytes
      00 00 00 00                           #     first stripe
      00 00 00 00 00 00 00 00               #     pattern offset
      00 00 00 01 00 00 00 01 07 00 00 00   #     one file handle
    `);
    decodeResult(compound, result, 0, result.length);
    const path = 'resarray.[0].oplayoutget.logr_resok4.logr_layout.[0].lo_content.loc_body';
    expect(leaves(annotateResult(compound, result, 0, result.length)).slice(-5)).to.deep.equal([
      `${path}.nfl_deviceid=000102030405060708090a0b0c0d0e0f`,
      `${path}.nfl_util=64`,
      `${path}.nfl_first_stripe_index=0`,
      `${path}.nfl_pattern_offset=0`,
      `${path}.nfl_fh_list.[0]=07`,
    ]);
  });

  it('reads what LAYOUTRETURN reports of flexible files, whose type stands further out', () => {
    const args = hex(`
      00 00 00 00 00 00 00 02 00 00 00 01   # no tag, minor version 2, one operation
      00 00 00 33                           # LAYOUTRETURN
      00 00 00 00 00 00 00 04 00 00 00 02   #   no reclaim, LAYOUT4_FLEX_FILES, LAYOUTIOMODE4_RW
      00 00 00 01                           #   LAYOUTRETURN4_FILE
      00 00 00 00 00 00 00 00               #     offset
      ff ff ff ff ff ff ff ff               #     length
      ${stateid}
      00 00 00 44                           #     68 bytes of
      00 00 00 01                           #       one I/O error
      00 00 00 00 00 00 10 00               #         offset
      00 00 00 00 00 00 00 08               #         length
      ${stateid}
      00 00 00 01 ${device}                 #         one device
      00 00 00 05 00 00 00 26               #           NFS4ERR_IO of WRITE
      00 00 00 00                           #       no statistics
    `);
    const { value } = decodeArguments(compound, args, 0, args.length);
    const json = toJson(compound.procedure.argument, value, {
      refinements: compound.refinements ?? new Map(),
    });
    expect(json)
      .to.have.nested.property('argarray[0].oplayoutreturn.lora_layoutreturn.lr_layout.lrf_body')
      .that.has.nested.property('fflr_ioerr_report[0].ffie_errors[0].de_opnum', 'OP_WRITE');
    const shown = leaves(annotateArguments(compound, args, 0, args.length));
    expect(shown.filter((line) => line.endsWith('de_status=5'))).to.have.length(1);
  });

  it('reads READ_PLUS and SETXATTR', () => {
    const result = hex(`
      00 00 00 00 00 00 00 00 00 00 00 01   # NFS4_OK, no tag, one result
      00 00 00 44 00 00 00 00               # READ_PLUS: NFS4_OK
      00 00 00 01 00 00 00 02               # end of file; two contents
      00 00 00 00 00 00 00 00 00 00 00 00   #   data at 0
      00 00 00 03 61 62 63 00               #     'abc'
      00 00 00 01                           #   a hole
      00 00 00 00 00 00 00 03               #     at 3
      00 00 00 00 00 00 10 00               #     of 4096 bytes
    `);
    const contents = [
      { rpc_content: 0, rpc_data: { d_offset: 0n, d_data: hex('616263') } },
      { rpc_content: 1, rpc_hole: { di_offset: 3n, di_length: 4096n } },
    ];
    checkMessage(compound, 'result', result, {
      status: 0,
      tag: '',
      resarray: [
        { resop: 68, opread_plus: { rp_status: 0, rp_resok4: { rpr_eof: true, rpr_contents: contents } } },
      ],
    });
    const args = hex(`
      00 00 00 00 00 00 00 02 00 00 00 01   # no tag, minor version 2, one operation
      00 00 00 49 00 00 00 01               # SETXATTR, SETXATTR4_CREATE
      00 00 00 01 6b 00 00 00               # 'k'
      00 00 00 02 00 ff 00 00               # its value
    `);
    const opsetxattr = { sxa_option: 1, sxa_key: 'k', sxa_value: hex('00ff') };
    checkMessage(compound, 'arguments', args, {
      tag: '',
      minorversion: 2,
      argarray: [{ argop: 73, opsetxattr }],
    });
  });

  it('reads callbacks', () => {
    const args = hex(`
      00 00 00 00 00 00 00 01 00 00 00 00   # no tag, minor version 1, no callback_ident
      00 00 00 02                           # two operations
      00 00 00 04 ${stateid}                # CB_RECALL
      00 00 00 00 00 00 00 01 07 00 00 00   #   do not truncate, file handle
      00 00 00 0e 00 00 00 01               # CB_NOTIFY_DEVICEID, one change
      00 00 00 01 00 00 00 04               #   NOTIFY_DEVICEID4_DELETE
      00 00 00 14 00 00 00 03 ${device}     #   20 bytes: LAYOUT4_BLOCK_VOLUME, device
    `);
    const { value } = decodeArguments(callback, args, 0, args.length);
    expect(value).to.have.deep.nested.property('argarray[0].opcb_recall', {
      stateid: stateidValue,
      truncate: false,
      fh: hex('07'),
    });
    const path = 'argarray.[1].opcb_notify_deviceid.cnda_changes.[0].notify_vals.delete';
    expect(leaves(annotateArguments(callback, args, 0, args.length)).slice(-2)).to.deep.equal([
      `${path}.ndd_layouttype=3`,
      `${path}.ndd_deviceid=000102030405060708090a0b0c0d0e0f`,
    ]);
    const result = hex('00000000 00000000 00000001 00000004 00002711'); // CB_RECALL: NFS4ERR_BADHANDLE
    checkMessage(callback, 'result', result, {
      status: 0,
      tag: '',
      resarray: [{ resop: 4, opcb_recall: { status: 10001 } }],
    });
  });

  it('decodes every call and reply of a capture, and gives back their bytes', async () => {
    const operations = { calls: 0, replies: 0 };
    const messages = { calls: 0, replies: 0 };
    const inspection = new Inspection({});
    inspection.addTap(
      {
        add: (_frame, pdus) => {
          for (let i = 0; i < pdus.count; i++) {
            const pdu = pdus.pdus[i];
            if (pdu?.kind !== 'message' || pdu.procedure !== 1) continue;
            const message = pdu.buf.subarray(pdu.off, pdu.off + pdu.len);
            const decoded = decodeMessage(message);
            if (decoded.type === 'denied') throw new Error('denied');
            const { body } = decoded;
            const call = pdu.msgtyp === 0;
            const decode = call ? decodeArguments : decodeResult;
            const type = call ? compound.procedure.argument : compound.procedure.result;
            const { value, consumed } = decode(compound, body, 0, body.length);
            expect(consumed).to.equal(body.length);
            expect(Buffer.from(codecOf(type).encode(value)).equals(body)).to.equal(true);
            const { argarray, resarray } = value as { argarray?: unknown[]; resarray?: unknown[] };
            operations[call ? 'calls' : 'replies'] += (argarray ?? resarray ?? []).length;
            messages[call ? 'calls' : 'replies']++;
            const tree = (call ? annotateArguments : annotateResult)(compound, body, 0, body.length);
            expect(tree.error ?? tree.notes).to.equal(undefined);
          }
        },
      },
      true,
    );
    await forEachPacket(CAPTURE, (packet, capture) => inspection.packet(packet, capture));
    inspection.finish();
    expect(messages).to.deep.equal({ calls: 24, replies: 24 });
    // as tshark counts them: the reply to an OPEN that failed lacks the one behind it
    expect(operations).to.deep.equal({ calls: 63, replies: 62 });
  });
});
