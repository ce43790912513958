import { expect } from 'chai';
import type { Pdu } from '../../../dissector/session/pdu.ts';
import {
  type Body,
  CallAssembler,
  type CallAssemblerOptions,
  type CallDecoder,
  type HandlePath,
  isMalformed,
  type Transaction,
  transactionJson,
  transactionText,
} from '../../../dissector/stats/calls.ts';
import { call, frame, record, reply } from './fixture.ts';

/** A program whose bodies are one number; 0xffffffff is malformed. */
const decoder: CallDecoder = {
  programName: (program) => (program === 100003 ? 'NFS' : null),
  procedureName: (_program, _version, procedure) => (procedure === 1 ? 'GETATTR' : null),
  authName: (flavor) => (flavor === 1 ? 'AUTH_SYS' : String(flavor)),
  args: number,
  result: number,
  words: () => '',
};

function number(pdu: Pdu, off: number, end: number): Body {
  if (end - off < 4) return { json: 'null', malformed: [{ code: 'TRUNCATED', offset: off, path: 'n' }] };
  return { json: `{"n":${pdu.view.getUint32(off)}}`, malformed: [] };
}

const body = (n: number) => Buffer.from(n.toString(16).padStart(8, '0'), 'hex');

function assembler(options: Partial<CallAssemblerOptions> = {}) {
  const out: Transaction[] = [];
  return { out, calls: new CallAssembler({ decoder, emit: (t) => out.push(t), ...options }) };
}

describe('dissector/stats/calls', () => {
  it('joins a call with its reply, as the contract of --calls says', () => {
    const { out, calls } = assembler();
    const r = record(0x1c804d42, 4);
    calls.add(frame(4, 0, 250_000), call(r, body(7)));
    expect(out).to.deep.equal([]);
    calls.add(frame(6, 1, 466_000), reply(r, 216_000, {}, body(9)));
    expect(out.map(transactionJson)).to.deep.equal([
      '{"call":4,"reply":6,"time":1000.000250000,"transport":"tcp","client":"10.0.0.1:700",' +
        '"server":"[fe80::1]:2049","xid":"0x1c804d42","program":100003,"programName":"NFS","version":3,' +
        '"procedure":1,"procedureName":"GETATTR","auth":"AUTH_SYS","latency":0.000216000,"verdict":"SUCCESS",' +
        '"args":{"n":7},"result":{"n":9},"malformed":[]}',
    ]);
    calls.finish();
    expect(out.length).to.equal(1);
  });

  it('keeps nine decimals for any number of nanoseconds', () => {
    const { out, calls } = assembler();
    const r = record(1, 1);
    calls.add(frame(1, 0, 1), call(r, body(7)));
    calls.add(frame(2, 1), reply(r, 12_345_678_901, {}, body(9)));
    expect(transactionJson(out[0]!))
      .to.contain('"time":1000.000000001,')
      .and.contain('"latency":12.345678901,');
  });

  it('hands on a call without reply at the end, and a reply without call at once', () => {
    const { out, calls } = assembler();
    calls.add(frame(1, 0), call(record(1, 1), body(7)));
    calls.add(frame(2, 1), reply(null, -1, {}, body(9)));
    expect(out.length).to.equal(1);
    expect(out[0]).to.deep.include({
      call: null,
      reply: 2,
      client: '10.0.0.1:700',
      server: '[fe80::1]:2049',
      program: null,
      procedureName: null,
      auth: null,
      latencyNs: null,
      verdict: 'SUCCESS',
      result: 'null',
      malformed: [{ code: 'NO_CALL', offset: 24, path: '' }],
    });
    expect(isMalformed(out[0]!)).to.equal(false);
    calls.finish();
    expect(out[1]).to.deep.include({ call: 1, reply: null, latencyNs: null, verdict: null, args: '{"n":7}' });
  });

  it('names verdicts and decodes results only of SUCCESS', () => {
    const { out, calls } = assembler();
    for (const init of [
      { verdict: 'PROC_UNAVAIL' },
      { verdict: 'PROG_MISMATCH', low: 1, high: 2 },
      { verdict: 'AUTH_ERROR', authStat: 1 },
      { verdict: 'RPC_MISMATCH', low: 2, high: 2 },
    ] as const) {
      const r = record(1, 1);
      calls.add(frame(1, 0), call(r, body(7)));
      calls.add(frame(2, 1), reply(r, 5, init));
    }
    expect(out.map((t) => [t.verdict, t.result, t.malformed.length])).to.deep.equal([
      ['PROC_UNAVAIL', 'null', 0],
      ['PROG_MISMATCH', 'null', 0],
      ['AUTH_ERROR', 'null', 0],
      ['RPC_MISMATCH', 'null', 0],
    ]);
  });

  it('says why a body has no value', () => {
    const { out, calls } = assembler();
    const r = record(1, 1);
    calls.add(frame(1, 0), call(r));
    calls.add(frame(2, 1), reply(r, 5));
    expect(out[0]).to.deep.include({ args: 'null', result: 'null' });
    expect(out[0]!.malformed.map((m) => m.code)).to.deep.equal(['TRUNCATED', 'TRUNCATED']);
  });

  it('lets repeats belong to what they repeat', () => {
    const { out, calls } = assembler();
    const r = record(1, 1);
    calls.add(frame(1, 0), call(r, body(7)));
    calls.add(frame(2, 0), call(r, body(7), { dupOf: 1 }));
    calls.add(frame(3, 1), reply(r, 5, {}, body(9)));
    calls.add(frame(4, 1), reply(r, 6, {}, body(9), { dupOf: 3 }));
    calls.finish();
    expect(out.map((t) => [t.call, t.reply])).to.deep.equal([[1, 3]]);
  });

  it('forgets calls at the limits of number and age, and hands them on then', () => {
    const { out, calls } = assembler({ maxPending: 2, maxSeconds: 10 });
    calls.add(frame(1, 0), call(record(1, 1), body(7)));
    calls.add(frame(2, 0), call(record(2, 2), body(7)));
    expect(out.length).to.equal(0);
    calls.add(frame(3, 0), call(record(3, 3), body(7)));
    expect(out.map((t) => t.call)).to.deep.equal([1]);
    calls.add(frame(4, 0, 11e9), call(record(4, 4), body(7)));
    expect(out.map((t) => t.call)).to.deep.equal([1, 2, 3]);
  });

  it('lets go of the oldest arguments, not of calls, when they take too much memory', () => {
    const { out, calls } = assembler({ maxChars: 20 });
    for (let n = 1; n <= 4; n++) calls.add(frame(n, 0), call(record(n, n), body(7)));
    calls.finish();
    expect(out.map((t) => t.args)).to.deep.equal(['null', 'null', 'null', '{"n":7}']);
    expect(out[0]!.malformed).to.deep.equal([{ code: 'LIMIT', offset: 0, path: '' }]);
  });

  it('shows one line of text, with long values cut', () => {
    const { out, calls } = assembler({
      decoder: { ...decoder, args: () => ({ json: JSON.stringify('x'.repeat(100)), malformed: [] }) },
    });
    const r = record(1, 1, { procedure: 77 });
    calls.add(frame(1, 0), call(r, body(7)));
    calls.add(frame(2, 1), reply(r, 5000, {}, body(9)));
    calls.add(frame(3, 1), reply(null, -1));
    calls.add(frame(4, 0), call(record(2, 4)));
    calls.finish();
    expect(out.map((t) => transactionText(t, '0.1'))).to.deep.equal([
      `0.1 10.0.0.1:700 → [fe80::1]:2049 NFS V3 proc-77 0.000005000 SUCCESS "${'x'.repeat(62)}… → {n:9}`,
      '0.1 10.0.0.1:700 → [fe80::1]:2049 ? V? ? - SUCCESS () → () [call not seen]',
      `0.1 10.0.0.1:700 → [fe80::1]:2049 NFS V3 GETATTR - no reply "${'x'.repeat(62)}… → ()`,
    ]);
  });

  it('shows little of long bytes, and names without quotes', () => {
    const { out, calls } = assembler({
      decoder: {
        ...decoder,
        args: () => ({ json: JSON.stringify({ fh: { data: '00'.repeat(32) }, n: 'a"b":' }), malformed: [] }),
      },
    });
    calls.add(frame(1, 0), call(record(1, 1), body(7)));
    calls.finish();
    expect(transactionText(out[0]!, '0')).to.contain(' {fh:{data:0000000000000000…},n:"a\\"b\\":"} → ()');
  });

  it('shows the path of a file handle that has one, of the server or else of the client', () => {
    const [known, own, other] = ['0a'.repeat(28), '0b'.repeat(28), '0c'.repeat(28)];
    const { out, calls } = assembler({
      decoder: { ...decoder, args: () => ({ json: JSON.stringify({ known, own, other }), malformed: [] }) },
    });
    calls.add(frame(1, 0), call(record(1, 1), body(7)));
    calls.finish();
    const paths = new Map([
      [`fe80::1 ${known}`, '/a "b"'],
      [`10.0.0.1 ${own}`, '/own'],
    ]);
    const pathOf: HandlePath = (handle, addresses) =>
      addresses.map((address) => paths.get(`${address} ${handle}`)).find((path) => path !== undefined) ??
      null;
    expect(transactionText(out[0]!, '0', pathOf)).to.contain(
      ' {known:"/a \\"b\\"",own:"/own",other:0c0c0c0c0c0c0c0c…} → ',
    );
  });

  it('shows words in place of values where there are some, behind the paths of the handles', () => {
    const value = { argarray: [{ object: '0a'.repeat(28) }, { object: '0a'.repeat(28) }] };
    const words = (pdu: Pdu) => (pdu.msgtyp === 0 ? 'LOOKUP a | READ' : 'LOOKUP');
    const compounds = { ...decoder, args: () => ({ json: JSON.stringify(value), malformed: [] }), words };
    const text = (asked: boolean) => {
      const { out, calls } = assembler({ decoder: compounds, words: asked });
      const r = record(1, 1);
      calls.add(frame(1, 0), call(r, body(7)));
      calls.add(frame(2, 1), reply(r, 5, {}, body(9)));
      expect(JSON.parse(transactionJson(out[0]!)).args).to.deep.equal(value);
      return transactionText(out[0]!, '0', () => '/dir');
    };
    expect(text(true)).to.match(/ SUCCESS "\/dir" LOOKUP a \| READ → LOOKUP$/);
    expect(text(false)).to.match(/ SUCCESS \{argarray:\[\{object:"\/dir"\}.* → \{n:9\}$/);
  });

  it('says how many bytes stand where nothing could be decoded', () => {
    const unknown = { json: 'null', malformed: [{ code: 'NO_TYPE', offset: 0, path: '' }] };
    const { out, calls } = assembler({ decoder: { ...decoder, args: () => unknown } });
    const r = record(1, 1);
    calls.add(frame(1, 0), call(r, Buffer.alloc(12)));
    calls.add(frame(2, 1), reply(r, 5000, {}, Buffer.alloc(2)));
    expect(transactionText(out[0]!, '0')).to.match(/ SUCCESS \(12 bytes\) → \(2 bytes\) \[TRUNCATED /);
    expect(JSON.parse(transactionJson(out[0]!))).to.include({ args: null, result: null });
  });

  it('says what was unusual, in text only', () => {
    const { out, calls } = assembler();
    const r = record(1, 1);
    calls.add(frame(1, 0), call(r, body(7), { notes: ['xid reused'] }));
    calls.add(frame(2, 1), reply(r, 5, {}, body(9), { notes: ['reply from another address', 'xid reused'] }));
    expect(transactionText(out[0]!, '0')).to.match(/ \[xid reused\] \[reply from another address\]$/);
    expect(transactionJson(out[0]!)).not.to.contain('reused');
  });

  it('says that a header is cut or no header of RPC', () => {
    const { out, calls } = assembler();
    const cut = call(record(1, 1));
    cut.len = 30;
    calls.add(frame(1, 0), cut);
    const wrong = reply(record(2, 1), 5);
    wrong.view.setUint32(wrong.off + 8, 7);
    calls.add(frame(2, 1), wrong);
    calls.finish();
    expect(out.map((t) => [t.verdict, ...t.malformed])).to.deep.equal([
      [null, { code: 'BAD_HEADER', offset: 8, path: '' }],
      [null, { code: 'TRUNCATED', offset: 24, path: '' }],
    ]);
    expect(out.map(isMalformed)).to.deep.equal([true, true]);
  });

  it('forgets each call in the same time, however many were forgotten', function () {
    this.timeout(5000);
    let emitted = 0;
    const calls = new CallAssembler({ decoder, emit: () => emitted++, maxPending: 20_000 });
    const r = record(1, 1);
    const pdu = call(r, body(7));
    const one = frame(1, 0);
    for (let n = 0; n < 200_000; n++) {
      r.ordinal++;
      calls.add(one, pdu);
    }
    expect(emitted).to.equal(180_000);
  });
});
