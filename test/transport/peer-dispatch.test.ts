import { expect } from 'chai';
import fc from 'fast-check';
import { VERDICT_NAMES } from '../../codec/rpc/incoming.ts';
import {
  decodeMessage,
  encodeCall,
  encodeCredential,
  encodeReply,
  RpcError,
  type RpcReply,
} from '../../codec/rpc/index.ts';
import { decode, encode, loadZod } from '../../codec/xdr/index.ts';
import { oncRpc } from '../../transport/dialect.ts';
import { joined } from '../../transport/message.ts';
import type { ServedCall } from '../../transport/peer-context.ts';
import { Dispatcher, type DispatcherOptions } from '../../transport/peer-dispatch.ts';
import type { ConnectionView, Grant, Handler, Service } from '../../transport/peer-types.ts';
import { settle } from '../../transport/virtual-clock.ts';
import { ADD, ECHO, TOY, toyService } from './fixture.ts';

interface Table {
  readonly replies: RpcReply[];
  readonly answered: string[];
  readonly dropped: string[];
  readonly failures: unknown[];
  readonly flying: Set<ServedCall>;
  send(message: Uint8Array): void;
}

/** A dispatcher whose replies are decoded and whose counters are written down. */
function table(
  handlers: Readonly<Record<string, Handler>> = {},
  options: DispatcherOptions & { grant?: Grant; access?: Service['access']; guard?: Service['guard'] } = {},
): Table {
  const [replies, answered, dropped, failures]: [RpcReply[], string[], string[], unknown[]] = [
    [],
    [],
    [],
    [],
  ];
  const flying = new Set<ServedCall>();
  let now = 0;
  const dispatcher = new Dispatcher({
    ...options,
    observer: {
      now: () => now++,
      answered: (entry, verdict) =>
        answered.push(`${entry?.procedure.name ?? '?'} ${VERDICT_NAMES[verdict]}`),
      dropped: (reason) => dropped.push(reason),
      failed: (error) => failures.push(error),
    },
  });
  const service = toyService(handlers, options.access);
  dispatcher.add(options.guard === undefined ? service : { ...service, guard: options.guard });
  const connection = { access: options.grant ?? 'rw' } as ConnectionView;
  const send = (message: Uint8Array): void => {
    // At an odd place in a larger buffer, and overwritten as soon as dispatch is back.
    const buffer = new Uint8Array(message.length + 24).fill(0x5a);
    buffer.set(message, 12);
    const bytes = buffer.subarray(12, 12 + message.length);
    dispatcher.dispatch(bytes, oncRpc.classify(bytes, oncRpc.newIncoming()), {
      dialect: oncRpc,
      connection,
      reply: (reply) => replies.push(decodeMessage(joined(reply).slice()) as RpcReply),
      began: (call) => flying.add(call),
      ended: (call) => flying.delete(call),
    });
    buffer.fill(0xa5);
  };
  return { replies, answered, dropped, failures, flying, send };
}

const call = (more: Partial<Parameters<typeof encodeCall>[0]> = {}, args?: Uint8Array): Uint8Array =>
  encodeCall({ xid: 7, program: TOY.number, version: 2, procedure: 1, ...more }, args ?? pair(1, 2));

const pair = (a: number, b: number): Uint8Array => encode(ADD.argument, { a, b });

function patched(message: Uint8Array, word: number, value: number): Uint8Array {
  const copy = message.slice();
  new DataView(copy.buffer).setUint32(4 * word, value);
  return copy;
}

describe('transport: dispatch', () => {
  it('answers a call with its result', () => {
    const t = table();
    t.send(call());
    expect(t.replies).to.have.length(1);
    expect(t.replies[0]).to.include({ type: 'accepted', xid: 7, stat: 0 });
    expect(decode(ADD.result, (t.replies[0] as { body: Uint8Array }).body)).to.equal(3);
    expect(t.answered).to.deep.equal(['TOY_ADD SUCCESS']);
  });

  describe('gives the verdict of RFC 5531', () => {
    const verdicts: readonly (readonly [
      what: string,
      message: Uint8Array,
      expected: object,
      counted: string,
    ])[] = [
      ...[0, 1, 3, 0xffffffff].map(
        (n) =>
          [
            `RPC version ${n}`,
            patched(call(), 2, n),
            { stat: 0, low: 2, high: 2 },
            '? RPC_MISMATCH',
          ] as const,
      ),
      ...[0, 1, 0xffffffff].map(
        (n) =>
          [`program ${n}`, call({ program: n }), { type: 'accepted', stat: 1 }, '? PROG_UNAVAIL'] as const,
      ),
      ...[0, 1, 3, 5, 0xffffffff].map(
        (n) =>
          [`version ${n}`, call({ version: n }), { stat: 2, low: 2, high: 4 }, '? PROG_MISMATCH'] as const,
      ),
      ...[3, 9, 5, 0x80000000, 0xffffffff].map(
        (n) =>
          [
            `procedure ${n}`,
            call({ procedure: n }),
            { type: 'accepted', stat: 3 },
            '? PROC_UNAVAIL',
          ] as const,
      ),
      ['short arguments', call({}, new Uint8Array(4)), { type: 'accepted', stat: 4 }, 'TOY_ADD GARBAGE_ARGS'],
      [
        'trailing arguments',
        call({}, new Uint8Array(12)),
        { type: 'accepted', stat: 4 },
        'TOY_ADD GARBAGE_ARGS',
      ],
      ['arguments for NULL', call({ procedure: 0 }), { type: 'accepted', stat: 4 }, 'TOY_NULL GARBAGE_ARGS'],
      [
        'a credential over 400 bytes',
        patched(call(), 7, 404),
        { type: 'denied', stat: 1, authStat: 1 },
        '? AUTH_ERROR',
      ],
      [
        'a verifier over 400 bytes',
        patched(call(), 9, 401),
        { type: 'denied', stat: 1, authStat: 3 },
        '? AUTH_ERROR',
      ],
      ...[2, 3, 5, 6, 300_001].map(
        (flavor) =>
          [
            `flavor ${flavor}`,
            call({ credential: { flavor, body: new Uint8Array(20) } }),
            { type: 'denied', stat: 1, authStat: 2 },
            '? AUTH_ERROR',
          ] as const,
      ),
      [
        'AUTH_TLS on a procedure other than NULL',
        call({ credential: { flavor: 7, body: new Uint8Array(0) } }),
        { type: 'denied', stat: 1, authStat: 1 },
        '? AUTH_ERROR',
      ],
      [
        'an AUTH_SYS body that is none',
        call({ credential: { flavor: 1, body: new Uint8Array(8) } }),
        { type: 'denied', stat: 1, authStat: 1 },
        '? AUTH_ERROR',
      ],
      [
        'bad credentials for a program that is not there',
        call({ program: 5, credential: { flavor: 6, body: new Uint8Array(8) } }),
        { type: 'denied', authStat: 2 },
        '? AUTH_ERROR',
      ],
    ];
    for (const [what, message, expected, counted] of verdicts) {
      it(what, () => {
        const t = table();
        t.send(message);
        expect(t.replies).to.have.length(1);
        expect(t.replies[0]).to.include({ xid: 7, ...expected });
        expect(t.answered).to.deep.equal([counted]);
        expect(t.failures).to.deep.equal([]);
      });
    }
  });

  it('drops, and counts, what is no call', () => {
    const t = table();
    t.send(encodeReply({ xid: 7, verdict: 'SUCCESS' }));
    t.send(encodeReply({ xid: 7, verdict: 'AUTH_ERROR', authStat: 1 }));
    t.send(patched(call(), 1, 2));
    t.send(patched(call(), 1, 0x7fffffff));
    for (let length = 0; length < 40; length++) t.send(call({}, new Uint8Array(0)).subarray(0, length));
    expect(t.replies).to.deep.equal([]);
    expect(t.dropped.slice(0, 4)).to.deep.equal([
      'unexpected_reply',
      'unexpected_reply',
      'msg_type',
      'msg_type',
    ]);
    expect(t.dropped.slice(4)).to.deep.equal(Array(40).fill('header'));
  });

  it('never calls a handler with arguments cut short', () => {
    let calls = 0;
    const t = table({
      TOY_ECHO: (note) => {
        calls++;
        return note;
      },
    });
    const args = encode(ECHO.argument, { text: 'hello', data: new Uint8Array(9) });
    for (let length = 0; length < args.length; length++)
      t.send(call({ procedure: 2 }, args.subarray(0, length)));
    expect(calls).to.equal(0);
    expect(t.replies.every((reply) => reply.stat === 4)).to.equal(true);
    t.send(call({ procedure: 2 }, args));
    expect(calls).to.equal(1);
  });

  it('answers any bytes at most once and never throws', () => {
    const words = fc.array(fc.oneof(fc.nat(8), fc.constantFrom(TOY.number, 400, 404, 0xffffffff)), {
      maxLength: 30,
    });
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      words.map((list) => new Uint8Array(Uint32Array.from(list).buffer).reverse()),
      fc
        .tuple(fc.nat(12), fc.integer({ min: 0, max: 0xffffffff }))
        .map(([word, value]) => patched(call(), word % 10, value)),
    );
    fc.assert(
      fc.property(hostile, (bytes) => {
        const t = table();
        t.send(bytes);
        expect(t.replies.length + t.dropped.length).to.equal(1);
        expect(t.answered).not.to.include('SYSTEM_ERR');
        expect(t.failures).to.deep.equal([]);
      }),
      { numRuns: 400 },
    );
  });

  it('hands over copies: nothing of the read buffer survives the dispatch', async () => {
    let kept: { text: string; data: Uint8Array } | undefined;
    let credential: Uint8Array | undefined;
    const t = table({
      TOY_ECHO: async (note, context) => {
        kept = note;
        credential = context.credential.body;
        await settle();
        return note;
      },
    });
    const data = Uint8Array.from({ length: 5000 }, (_, i) => i & 255);
    const sys = encodeCredential(1, { stamp: 1, machinename: 'host', uid: 3, gid: 4, gids: [5] });
    t.send(call({ procedure: 2, credential: sys }, encode(ECHO.argument, { text: 'hello', data })));
    expect(kept).to.deep.equal({ text: 'hello', data });
    expect(credential).to.deep.equal(sys.body);
    await settle();
    await settle();
    const reply = decode(ECHO.result, (t.replies[0] as { body: Uint8Array }).body);
    expect(reply).to.deep.equal({ text: 'hello', data });
  });

  describe('access', () => {
    const cases: readonly (readonly [string, number, Grant, boolean])[] = [
      ['before-open from ro', 3, 'ro', true],
      ['ro from ro', 1, 'ro', true],
      ['ro from rw', 1, 'rw', true],
      ['rw from ro', 4, 'ro', false],
      ['rw from rw', 4, 'rw', true],
      ['what the table leaves out, from rw', 9, 'rw', false],
    ];
    for (const [what, procedure, grant, allowed] of cases) {
      it(`${allowed ? 'allows' : 'refuses'} ${what}`, () => {
        let calls = 0;
        const count = (): unknown => {
          calls++;
          throw new RpcError('PROC_UNAVAIL', 'reached');
        };
        const all = { TOY_ADD: count, TOY_SLOW: count, TOY_BLOB: count, TOY_MISSING: count };
        const t = table(all, { grant });
        const args = procedure === 9 ? new Uint8Array(0) : procedure === 1 ? pair(1, 2) : new Uint8Array(4);
        t.send(call({ procedure }, args));
        expect(calls).to.equal(allowed ? 1 : 0);
        if (!allowed) expect(t.replies[0]).to.include({ type: 'denied', stat: 1, authStat: 5 });
      });
    }

    it('refuses before it decodes', () => {
      const t = table({}, { grant: 'ro' });
      t.send(call({ procedure: 4 }, new Uint8Array(3)));
      expect(t.replies[0]).to.include({ type: 'denied', authStat: 5 });
    });

    it('can be unrestricted', () => {
      const t = table({ TOY_MISSING: () => 5 }, { grant: 'ro', access: 'unrestricted' });
      t.send(call({ procedure: 9 }, new Uint8Array(0)));
      expect(t.replies[0]).to.include({ stat: 0 });
    });
  });

  describe('handlers', () => {
    it('may give a promise; the call is in flight until it settles', async () => {
      let finish = (_: number): void => undefined;
      const t = table({ TOY_ADD: () => new Promise<number>((resolve) => (finish = resolve)) });
      t.send(call());
      expect(t.flying.size).to.equal(1);
      expect(t.replies).to.have.length(0);
      finish(9);
      await settle();
      expect(t.flying.size).to.equal(0);
      expect(decode(ADD.result, (t.replies[0] as { body: Uint8Array }).body)).to.equal(9);
    });

    it('whose call was aborted answer nothing', async () => {
      const t = table({ TOY_ADD: async () => 1 });
      t.send(call());
      for (const flying of t.flying) flying.abort(new Error('gone'));
      await settle();
      expect(t.replies).to.deep.equal([]);
      expect(t.flying.size).to.equal(0);
    });

    const thrown: readonly (readonly [string, unknown, object, boolean])[] = [
      ['an Error', new Error('boom'), { type: 'accepted', stat: 5 }, true],
      ['undefined', undefined, { type: 'accepted', stat: 5 }, true],
      ['TIMEOUT of a call of its own', new RpcError('TIMEOUT', 'x'), { type: 'accepted', stat: 5 }, true],
      ['PROC_UNAVAIL', new RpcError('PROC_UNAVAIL', 'x'), { type: 'accepted', stat: 3 }, false],
      ['GARBAGE_ARGS', new RpcError('GARBAGE_ARGS', 'x'), { type: 'accepted', stat: 4 }, false],
      [
        'AUTH_ERROR',
        new RpcError('AUTH_ERROR', 'x', { authStat: 5 }),
        { type: 'denied', authStat: 5 },
        false,
      ],
    ];
    for (const [what, error, expected, reported] of thrown) {
      for (const how of ['throw', 'reject with'] as const) {
        it(`that ${how} ${what} are answered for`, async () => {
          const t = table({
            TOY_ADD: () => {
              if (how === 'throw') throw error;
              return Promise.reject(error);
            },
          });
          t.send(call());
          await settle();
          expect(t.replies).to.have.length(1);
          expect(t.replies[0]).to.include(expected);
          expect(t.failures).to.deep.equal(reported ? [error] : []);
        });
      }
    }

    it('whose result is none of its type answer SYSTEM_ERR, and zod says why', async () => {
      const t = table({ TOY_ECHO: () => ({ text: 5, data: new Uint8Array(0) }) });
      await loadZod();
      t.send(call({ procedure: 2 }, encode(ECHO.argument, { text: '', data: new Uint8Array(0) })));
      await settle();
      expect(t.replies[0]).to.include({ stat: 5 });
      expect(String(t.failures[0])).to.include('result of TOY_ECHO: text: ');
      t.send(call());
      expect(t.replies[1], 'and what follows is untouched').to.include({ stat: 0 });
    });

    it('are held against zod each time when that is asked for', async () => {
      await loadZod();
      const t = table({}, { validate: 'always' });
      t.send(call());
      expect(t.replies[0]).to.include({ stat: 0 });
    });

    it('are guarded before their arguments are decoded, NULL excepted', () => {
      const seen: number[] = [];
      const t = table(
        {},
        {
          guard: ({ procedure }) => {
            seen.push(procedure.number);
            return new RpcError('PROC_UNAVAIL', 'not agreed on');
          },
        },
      );
      t.send(call({}, new Uint8Array(1)));
      t.send(call({ procedure: 0 }, new Uint8Array(0)));
      expect(t.replies.map((reply) => reply.stat)).to.deep.equal([3, 0]);
      expect(seen).to.deep.equal([1]);
    });
  });
});
