/** What is wrong with a message, or is no message at all, is said: what, where, and how much there is instead. */
import { expect } from 'chai';
import { run } from '../cli/fake-io.ts';
import { u32 } from '../dissector/network/build.ts';
import { call, record, reply } from '../dissector/session/playbook.ts';
import { Connection } from './made-captures.ts';

async function inspect(file: string, ...args: string[]): Promise<string> {
  const { status, out, err } = await run(['inspect', '-n', '-r', file, ...args]);
  expect(status, err).to.equal(0);
  return out;
}

const HANDLE = Buffer.concat([u32(4), Buffer.from('hand')]);
const LOOKUP = { procedure: 3 };

describe('what is explained', () => {
  const FOREIGN: readonly (readonly [what: string, bytes: Buffer, said: string])[] = [
    [
      'HTTP',
      Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      'length 1195725856 is "GET ", the start of an HTTP request',
    ],
    [
      'TLS',
      Buffer.concat([Buffer.from('16030100c8010000c40303', 'hex'), Buffer.alloc(194)]),
      'a TLS handshake record',
    ],
    ['libvirt', u32(28, 0x20008086, 1, 66, 0, 9, 0), 'a libvirt message of 28 bytes (program 0x20008086)'],
  ];
  for (const [what, bytes, said] of FOREIGN) {
    it(`says what a record length is that is ${what}'s, behind RPC and where Decode As wants it`, async () => {
      const behind = new Connection()
        .send('c', record(call(1)))
        .send('s', record(reply(1)))
        .send('c', bytes);
      const alone = new Connection().send('c', bytes);
      for (const [connection, flags] of [
        [behind, []],
        [alone, ['-d', 'tcp.port==2049,rpc']],
      ] as const) {
        const { file } = connection.capture;
        if (what === 'TLS' && connection === alone) {
          // the first bytes of a connection may well be TLS: shown as that
          expect(await inspect(file, ...flags, '-Y', 'tls', '-V')).to.include('TLS');
          continue;
        }
        const detail = await inspect(file, ...flags, '-Y', 'rpc.continuation_data', '-V');
        expect(detail).to.include(`No record mark: `).and.to.include(said);
        expect(await inspect(file, ...flags, '-q', '-z', 'expert')).to.match(
          / Undecoded +RPC +Bytes that are no RPC message/,
        );
      }
    });
  }

  it('names the field of a message that does not fit, its offset, and what it wants against what is left', async () => {
    const tooLong = Buffer.concat([HANDLE, u32(4000), Buffer.from('name')]);
    const { file } = new Connection().send('c', record(call(1, { ...LOOKUP, args: tooLong }))).capture;
    const detail = await inspect(file, '-V');
    expect(detail).to.match(/TRUNCATED at message offset 48, path "what\.name": 4000 bytes expected, 4 left/);
    expect(await inspect(file, '--calls')).to.include('[TRUNCATED at 48 in what.name]');
    expect(await inspect(file, '-Y', '_ws.malformed', '-T', 'fields', '-e', 'rpc.xid')).to.equal(
      '0x00000001\n',
    );
  });

  it('says where a credential runs out of its message', async () => {
    const head = u32(1, 0, 2, 100003, 3, 3, 1, 400, 7);
    const { file } = new Connection().send('c', record(call(9))).send('c', record(head)).capture;
    const detail = await inspect(file, '-V', '-Y', 'rpc.xid == 1');
    expect(detail).to.match(
      / Length: 400\n.*\n\[Malformed.*\n.*TRUNCATED at message offset 36: .* wants 4 bytes, 0 are left/,
    );
  });
});
