import { expect } from 'chai';
import { ProgramTable } from '../../../codec/programs/index.ts';
import { encodeCall, encodeReply } from '../../../codec/rpc/index.ts';
import type { Pdu } from '../../../dissector/session/pdu.ts';
import { compoundInfo } from '../../../dissector/tree/compound-info.ts';
import { hex } from '../../codec/bytes.ts';

const none = { flavor: 0, body: new Uint8Array() };

/** What stands for a message with this body, behind `Call` or `Reply`. */
async function info(
  kind: 'call' | 'reply',
  body: Uint8Array,
  call: Partial<Pdu['call']> = {},
): Promise<string> {
  const table = new ProgramTable();
  await table.loadCompounds();
  const declared = table.procedure(100003, 4, 1);
  const compound = declared?.declared.compound;
  if (declared === undefined || compound === undefined) throw new Error('no COMPOUND');
  const buf = Buffer.from(
    kind === 'call'
      ? encodeCall(
          { xid: 1, program: 100003, version: 4, procedure: 1, credential: none, verifier: none },
          body,
        )
      : encodeReply({ xid: 1, verdict: 'SUCCESS' }, body),
  );
  const view = new DataView(buf.buffer, buf.byteOffset, buf.length);
  const pdu = {
    buf,
    view,
    off: 0,
    len: buf.length,
    msgtyp: kind === 'call' ? 0 : 1,
    call: { flavor: 0, ...call },
  };
  return compoundInfo(declared, compound, pdu as unknown as Pdu);
}

const HEAD = '00 00 00 00 00 00 00 00'; // no tag, minor version 0
const PUTROOTFH = '00 00 00 18';
const PUTFH = '00 00 00 16 00 00 00 01 07 00 00 00';
const GETATTR = '00 00 00 09 00 00 00 00';
const LOOKUP = (name: string) => `00 00 00 0f 00 00 00 01 ${name} 00 00 00`;

describe('dissector/tree/compound-info', () => {
  it('names only the operations that weigh least', async () => {
    const body = `${HEAD} 00 00 00 04 ${PUTFH} ${LOOKUP('61')} ${GETATTR} ${LOOKUP('62')}`;
    expect(await info('call', hex(body))).to.equal(' LOOKUP DH: 0x4c667a2e/a | LOOKUP b');
    expect(await info('call', hex(`${HEAD} 00 00 00 03 ${PUTROOTFH} ${GETATTR} ${PUTFH}`))).to.equal(
      ' PUTROOTFH | GETATTR',
    );
    expect(await info('call', hex(`${HEAD} 00 00 00 01 ${PUTFH}`))).to.equal(' PUTFH');
    expect(await info('call', hex(`${HEAD} 00 00 00 00`))).to.equal('');
  });

  it('shows the handle that an operation works on while it is in the message, and states', async () => {
    const state = '00 00 00 02 03 00 00 00 72 08 03 6b 01 00 00 00';
    const read = `00 00 00 19 ${state} 00 00 00 00 00 00 00 00 00 00 00 28`;
    const commit = '00 00 00 05 00 00 00 00 00 00 00 00 00 00 00 00';
    expect(await info('call', hex(`${HEAD} 00 00 00 03 ${PUTFH} ${commit} ${read}`))).to.equal(
      // the CRC-32 of the handle, the CRC-16/X-25 of the state's ID
      ' COMMIT FH: 0x4c667a2e Offset: 0 Len: 0 | READ StateID: 0x887e Offset: 0 Len: 40',
    );
    expect(await info('call', hex(`${HEAD} 00 00 00 03 ${PUTFH} ${PUTROOTFH} ${commit}`))).to.equal(
      ' COMMIT FH: 0x00000000 Offset: 0 Len: 0',
    );
  });

  it('shows the tag, and text fit for a terminal', async () => {
    const body = `00 00 00 02 74 1b 00 00 00 00 00 00 00 00 00 01 ${LOOKUP('0a')}`;
    expect(await info('call', hex(body))).to.equal(' t\\x1b LOOKUP \\n');
  });

  it('shows how a reply failed', async () => {
    // NFS4ERR_NOENT, no tag: PUTROOTFH worked, LOOKUP did not
    const body = '00 00 00 02 00 00 00 00 00 00 00 02 00 00 00 18 00 00 00 00 00 00 00 0f 00 00 00 02';
    expect(await info('reply', hex(body))).to.equal(' LOOKUP Status: NFS4ERR_NOENT');
    expect(await info('reply', hex('00 00 00 63 00 00 00 00 00 00 00 00'))).to.equal(' Status: 99');
  });

  it('shows what was seen of a message that ends early, whole or not', async () => {
    const whole = hex(`00 00 00 01 74 00 00 00 00 00 00 00 00 00 00 02 ${LOOKUP('61')} ${LOOKUP('62')}`);
    expect(await info('call', whole)).to.equal(' t LOOKUP a | LOOKUP b');
    const seen = new Set<string>();
    for (let end = 0; end < whole.length; end++) seen.add(await info('call', whole.subarray(0, end)));
    expect([...seen]).to.deep.equal(['', ' t', ' t LOOKUP', ' t LOOKUP | LOOKUP']);
    expect(await info('call', hex(`${HEAD} 00 00 00 02 ${PUTROOTFH} 00 00 27 0f`))).to.equal(' PUTROOTFH');
  });

  it('ends a line that would be long', async () => {
    const many = hex(`${HEAD} 00 00 00 28 ${Array(40).fill(PUTROOTFH).join(' ')}`);
    expect((await info('call', many)).split(' | ')).to.have.length(33);
    expect(await info('call', many)).to.match(/ \| …$/);
  });

  it('looks behind integrity, and says nothing of what is sealed', async () => {
    const body = hex(`
      00 00 00 14 00 00 00 05   # 20 bytes: sequence number 5
      ${HEAD} 00 00 00 01 ${PUTROOTFH}
      00 00 00 00               # no checksum
    `);
    const sealed = { flavor: 6, gssProcedure: 0, gssService: 3 };
    expect(await info('call', body, { ...sealed, gssService: 2 })).to.equal(' PUTROOTFH');
    expect(await info('call', body, sealed)).to.equal('');
    expect(await info('call', body, { ...sealed, gssProcedure: 1 })).to.equal('');
  });
});
