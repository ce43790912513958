import { expect } from 'chai';
import { decodeArguments, decodeResult, encodeResult } from '../../../codec/rpc/body.ts';
import type { DeclaredProcedure } from '../../../codec/rpc/declarations.ts';
import { isXdrError, type XdrError, xdr } from '../../../codec/xdr/index.ts';
import { hex } from '../bytes.ts';

function caught(run: () => unknown): XdrError {
  try {
    run();
  } catch (e) {
    if (isXdrError(e)) return e;
    throw e;
  }
  throw new Error('nothing was thrown');
}

/** name<8> to a number, procedure 1 of program 7. */
const plain: DeclaredProcedure = {
  procedure: {
    name: 'PLAIN',
    number: 1,
    args: [xdr.string(8)],
    argument: xdr.string(8),
    result: xdr.uint(),
  },
  declared: {},
};

/** Results that go on while `more` is true. */
const listing: DeclaredProcedure = {
  procedure: {
    name: 'LISTING',
    number: 2,
    args: [],
    argument: xdr.void(),
    result: xdr.union(
      ['more', xdr.bool()],
      [xdr.arm([true], 'entry', xdr.struct({ name: xdr.string(8) })), xdr.arm([false])],
    ),
  },
  declared: { repeats: { last: [0] } },
};

/** A call that makes another one. */
const relay: DeclaredProcedure = {
  procedure: {
    name: 'RELAY',
    number: 3,
    args: [],
    argument: xdr.struct({
      prog: xdr.uint(),
      vers: xdr.uint(),
      proc: xdr.uint(),
      args: xdr.varOpaque(),
    }),
    result: xdr.struct({ port: xdr.uint(), res: xdr.varOpaque() }),
  },
  declared: {
    innerCall: { program: 'prog', version: 'vers', procedure: 'proc', arguments: 'args', results: 'res' },
  },
};

const procedures = [plain, listing, relay];
const lookup = (program: number, version: number, procedure: number) =>
  program === 7 && version === 1 ? procedures.find((p) => p.procedure.number === procedure) : undefined;

describe('codec/rpc/body', () => {
  describe('plain procedures', () => {
    const args = hex('00000002 68690000');

    it('decodes arguments and results where they lie', () => {
      const around = hex('ffffffff 00000002 68690000 ffffffff');
      expect(decodeArguments(plain, around, 4, 12)).to.deep.equal({ value: 'hi', consumed: 8 });
      expect(decodeResult(plain, hex('0000002a'), 0, 4)).to.deep.equal({ value: 42, consumed: 4 });
      expect(encodeResult(plain, 42)).to.deep.equal(hex('0000002a'));
    });

    it('refuses what follows, unless told to take it', () => {
      const longer = Uint8Array.from([...args, 0, 0, 0, 0]);
      expect(caught(() => decodeArguments(plain, longer, 0, 12))).to.include({ code: 'TRAILING', offset: 8 });
      expect(decodeArguments(plain, longer, 0, 12, { allowTrailing: true }).consumed).to.equal(8);
      const notes: string[] = [];
      decodeArguments(plain, longer, 0, 12, {
        lenient: true,
        onNote: (n) => notes.push(`${n.code} ${n.offset}`),
      });
      expect(notes).to.deep.equal(['TRAILING 8']);
    });
  });

  describe('results that repeat', () => {
    const bytes = hex(`
      00 00 00 01  00 00 00 01 61 00 00 00   # more, 'a'
      00 00 00 01  00 00 00 02 62 63 00 00   # more, 'bc'
      00 00 00 00                            # no more
    `);
    const value = [
      { more: true, entry: { name: 'a' } },
      { more: true, entry: { name: 'bc' } },
      { more: false },
    ];

    it('decodes up to the value that ends them', () => {
      expect(decodeResult(listing, bytes, 0, bytes.length)).to.deep.equal({ value, consumed: 28 });
      expect(encodeResult(listing, value)).to.deep.equal(bytes);
    });

    it('says in which element the bytes are bad', () => {
      expect(caught(() => decodeResult(listing, bytes, 0, 20))).to.include({
        code: 'TRUNCATED',
        path: '[1].entry.name',
      });
      expect(caught(() => decodeResult(listing, bytes, 0, 24))).to.include({
        code: 'TRUNCATED',
        path: '[2].more',
      });
      const bad = bytes.slice();
      bad[15] = 2;
      expect(caught(() => decodeResult(listing, bad, 0, 28))).to.include({ code: 'BAD_BOOL', offset: 12 });
    });

    it('takes as many as the limit says: below, at and above', () => {
      for (const [list, ok] of [
        [2, false],
        [3, true],
        [4, true],
      ] as const) {
        const decode = () => decodeResult(listing, bytes, 0, 28, { limits: { list } });
        if (ok) expect(decode().value).to.deep.equal(value);
        else expect(caught(decode).code).to.equal('LIMIT');
      }
    });

    it('does not encode what would end early or never', () => {
      for (const bad of [[], value.slice(0, 2), [{ more: false }, { more: false }], { more: false }]) {
        expect(caught(() => encodeResult(listing, bad)).code).to.equal('BAD_VALUE');
      }
    });

    it('refuses bytes behind the end', () => {
      const longer = Uint8Array.from([...bytes, 0, 0, 0, 0]);
      expect(caught(() => decodeResult(listing, longer, 0, 32))).to.include({ code: 'TRAILING', offset: 28 });
    });
  });

  describe('inner calls', () => {
    const call = hex(`
      00 00 00 07 00 00 00 01 00 00 00 01   # program 7, version 1, PLAIN
      00 00 00 08                           # its arguments: 8 bytes
      00 00 00 02 68 69 00 00               #   'hi'
    `);
    const numbers = { program: 7, version: 1, procedure: 1 };
    const value = { prog: 7, vers: 1, proc: 1, args: hex('00000002 68690000') };

    it('decodes the arguments of the inner call', () => {
      expect(decodeArguments(relay, call, 0, 24, { lookup })).to.deep.equal({
        value,
        consumed: 24,
        inner: { ...numbers, body: { value: 'hi', consumed: 8 } },
      });
    });

    it('says which call it is when nobody knows the procedure', () => {
      expect(decodeArguments(relay, call, 0, 24)).to.deep.equal({ value, consumed: 24, inner: numbers });
    });

    it('keeps the outer call when the inner one is bad', () => {
      const bad = call.slice();
      bad[19] = 9; // the inner string says 9 bytes
      const { inner } = decodeArguments(relay, bad, 0, 24, { lookup });
      expect(inner).to.include(numbers);
      expect(inner?.error).to.include({ code: 'LIMIT' });
      expect(inner?.body).to.equal(undefined);
    });

    it('decodes the results of the inner call', () => {
      const result = hex('0000 0801 00000004 0000002a');
      expect(decodeResult(relay, result, 0, 12, { lookup }, numbers).inner).to.deep.equal({
        ...numbers,
        body: { value: 42, consumed: 4 },
      });
      expect(decodeResult(relay, result, 0, 12, { lookup }).inner).to.equal(undefined);
      expect(decodeResult(relay, result, 0, 12, {}, numbers).inner).to.deep.equal(numbers);
    });

    it('follows calls within calls only so deep', () => {
      let bytes = new Uint8Array(0);
      for (let i = 0; i < 50; i++) {
        const outer = Uint8Array.from([...hex('00000007 00000001 00000003'), 0, 0, 0, 0, ...bytes]);
        new DataView(outer.buffer).setUint32(12, bytes.length);
        bytes = outer;
      }
      let depth = 0;
      let { inner } = decodeArguments(relay, bytes, 0, bytes.length, { lookup });
      for (; inner?.body !== undefined; depth++) inner = inner.body.inner;
      expect(depth).to.equal(4);
    });
  });
});
