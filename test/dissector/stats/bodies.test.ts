import { expect } from 'chai';
import { ProgramTable } from '../../../codec/programs/index.ts';
import type { Program } from '../../../codec/rpc/program.ts';
import { encode, xdr } from '../../../codec/xdr/index.ts';
import { ByteWriter } from '../../../dissector/output/byte-writer.ts';
import { BodyDecoder } from '../../../dissector/stats/bodies.ts';
import type { Body } from '../../../dissector/stats/calls.ts';
import { Programs } from '../../../dissector/tree/programs.ts';
import { Registry } from '../../../dissector/tree/registry.ts';
import { TextSink } from '../tree/explain.ts';
import { call, record } from './fixture.ts';

const pair = xdr.struct({ flag: xdr.bool(), name: xdr.string(8), big: xdr.hyper() });
const bulk = xdr.struct({ offset: xdr.uhyper(), data: xdr.varOpaque(4096) });
const PROGRAM: Program = {
  name: 'DEMO_PROG',
  number: 0x20001234,
  versions: [
    {
      name: 'DEMO_V1',
      number: 1,
      procedures: [
        { name: 'DEMO_SWAP', number: 1, args: [pair], argument: pair, result: pair },
        { name: 'DEMO_WRITE', number: 2, args: [bulk], argument: bulk, result: bulk },
      ],
    },
  ],
};

function decoder(codegen = true): BodyDecoder {
  const table = new ProgramTable();
  table.add(PROGRAM);
  return new BodyDecoder(new Programs(new Registry(), table.programs(), false), table, codegen);
}

const numbers = { program: PROGRAM.number, version: 1, procedure: 1 };
const GOOD = encode(pair, { flag: true, name: 'abc', big: -5n });
const JSON_VALUE = { flag: true, name: 'abc', big: '-5' };

/** What a body's JSON says, and how the body is malformed. */
const read = ({ json, malformed }: Body) => ({ value: JSON.parse(json) as unknown, malformed });

/** The body of a call of these bytes, at its place in the message. */
function body(bytes: Uint8Array, over: Parameters<typeof record>[2] = {}, what: 'args' | 'result' = 'args') {
  const pdu = call(record(1, 1, { ...numbers, ...over }), bytes);
  return { ...read(decoder()[what](pdu, pdu.len - bytes.length, pdu.len)), start: pdu.len - bytes.length };
}

describe('dissector/stats/bodies', () => {
  it('decodes arguments and results to JSON values, with generated code and without', () => {
    expect(body(GOOD)).to.deep.include({ value: JSON_VALUE, malformed: [] });
    expect(body(GOOD, {}, 'result')).to.deep.include({ value: JSON_VALUE, malformed: [] });
    const pdu = call(record(1, 1, numbers), GOOD);
    expect(read(decoder(false).args(pdu, pdu.len - GOOD.length, pdu.len)).value).to.deep.equal(JSON_VALUE);
  });

  it('gives what prints a value, of arguments also once their bytes are gone', () => {
    for (const length of [3, 511, 2000]) {
      const value = { offset: 5n, data: Uint8Array.from({ length }, (_, i) => i) };
      const bytes = encode(bulk, value);
      const text = JSON.stringify({ offset: '5', data: Buffer.from(value.data).toString('hex') });
      for (const what of ['args', 'result'] as const) {
        const pdu = call(record(1, 1, { ...numbers, procedure: 2 }), bytes);
        const { json, printer } = decoder()[what](pdu, pdu.len - bytes.length, pdu.len, true);
        if (what === 'args') pdu.buf.fill(0xff);
        const sink = new TextSink();
        const out = new ByteWriter(sink);
        printer?.print(out);
        out.flush();
        expect(printer === undefined ? json : sink.text, `${what} of ${length}`).to.equal(text);
        expect(printer !== undefined).to.equal(what === 'result' || length > 500);
      }
    }
  });

  it('says that nobody described a body, unless it is empty', () => {
    const unknown = { value: null, malformed: [{ code: 'NO_TYPE', offset: 60, path: '' }] };
    expect(body(GOOD, { procedure: 9 })).to.deep.include(unknown);
    expect(body(GOOD, { program: 5 })).to.deep.include(unknown);
    expect(body(Buffer.alloc(0), { program: 5 })).to.deep.include({ value: null, malformed: [] });
  });

  it('goes on over small faults and tells them by their offset in the message', () => {
    const padded = Uint8Array.from(GOOD);
    padded[11] = 0xff; // padding of the name: flag 4, length 4, 'abc', padding
    const { value, malformed, start } = body(padded);
    expect(value).to.deep.equal(JSON_VALUE);
    expect(malformed.map((m) => m.code)).to.deep.equal(['BAD_PADDING']);
    expect(malformed[0]!.offset - start).to.be.within(8, 11);
    const trailing = body(Buffer.concat([GOOD, Buffer.alloc(4)]));
    expect(trailing.value).to.deep.equal(JSON_VALUE);
    expect(trailing.malformed).to.deep.equal([
      { code: 'TRAILING', offset: trailing.start + GOOD.length, path: '' },
    ]);
  });

  it('gives up where nothing can be made of it, and says where', () => {
    const { value, malformed, start } = body(GOOD.subarray(0, 14));
    expect(value).to.equal(null);
    expect(malformed).to.deep.equal([{ code: 'TRUNCATED', offset: start + 12, path: 'big' }]);
    expect(body(new Uint8Array(0)).malformed.map((m) => m.code)).to.deep.equal(['TRUNCATED']);
  });

  const gss = { flavor: 6, gssProcedure: 0 };
  const sealed = encode(xdr.struct({ data: xdr.varOpaque(), sum: xdr.varOpaque() }), {
    data: Buffer.concat([Buffer.from('00000001', 'hex'), GOOD]),
    sum: Buffer.alloc(8),
  });

  it('reads behind RPCSEC_GSS what is in the clear', () => {
    expect(body(GOOD, { ...gss, gssService: 1 }).value).to.deep.equal(JSON_VALUE);
    expect(body(sealed, { ...gss, gssService: 2 }).value).to.deep.equal(JSON_VALUE);
    const privacy = body(encode(xdr.varOpaque(), Buffer.alloc(16)), { ...gss, gssService: 3 });
    expect(privacy.value).to.equal(null);
    expect(privacy.malformed.map((m) => m.code)).to.deep.equal(['SEALED']);
    expect(body(sealed.subarray(0, 6), { ...gss, gssService: 2 }).malformed.map((m) => m.code)).to.deep.equal(
      ['TRUNCATED'],
    );
  });

  it('reads the creation of a GSS context, whatever procedure it names', () => {
    const token = encode(xdr.struct({ gss_token: xdr.varOpaque() }), { gss_token: Buffer.from('abcd') });
    expect(body(token, { ...gss, gssProcedure: 1, gssService: 1 }).value).to.deep.equal({
      gss_token: '61626364',
    });
  });

  it('names programs, procedures and flavors', () => {
    const names = decoder();
    expect(names.programName(100003)).to.equal('NFS');
    expect(names.programName(5)).to.equal(null);
    expect(names.procedureName(PROGRAM.number, 1, 1)).to.equal('DEMO_SWAP');
    expect(names.procedureName(PROGRAM.number, 1, 77)).to.equal(null);
    expect(names.authName(1, null)).to.equal('AUTH_SYS');
    expect(names.authName(4711, null)).to.equal('4711');
  });
});
