/**
 * RPCSEC_GSS as libtirpc and MIT Kerberos speak it (captures/ledger-gss-krb5.pcap). What was said is known from its
 * client, captures/src/ledger-gss-client.c; the fields of tshark from tshark.
 */
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { run } from '../cli/fake-io.ts';
import { hasTshark, tshark } from './tshark.ts';

const path = (file: string) => fileURLToPath(new URL(`../../captures/${file}`, import.meta.url));
const RECORDING = path('ledger-gss-krb5.pcap');
const IDL = ['--idl', path('src/ledger.x')];

/** The service of each call in the order of the client's: INIT, its calls, DESTROY. */
const FLAVORS = [
  ...['krb5', 'krb5', 'krb5', 'krb5', 'krb5'],
  ...['krb5i', 'krb5p', 'krb5i', 'krb5i', 'krb5p', 'krb5i', 'krb5p', 'krb5p', 'krb5i'],
  ...['krb5', 'krb5i', 'krb5p'],
];

async function inspect(...args: string[]): Promise<string> {
  const { status, out, err } = await run(['inspect', '-r', RECORDING, ...IDL, ...args]);
  expect(status, err).to.equal(0);
  return out;
}

interface Call {
  readonly call: number;
  readonly auth: string;
  readonly verdict: string;
  readonly procedureName: string;
  readonly args: unknown;
  readonly result: unknown;
  readonly malformed: readonly { readonly code: string }[];
}

async function calls(): Promise<Call[]> {
  const lines = (await inspect('--calls', '-T', 'ndjson')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Call);
}

const fields = (...names: string[]): string[] => ['-T', 'fields', ...names.flatMap((name) => ['-e', name])];

describe('a Kerberos session', () => {
  it('has the flavor of each call', async () => {
    expect((await calls()).map(({ auth }) => auth)).to.deep.equal(FLAVORS);
    const shown = await inspect('-Y', 'rpc.msgtyp == 0', ...fields('rpc.authgss.flavor'));
    expect(shown.trimEnd().split('\n')).to.deep.equal(FLAVORS);
  });

  it('knows each context from its making to its end, on two connections at once', async () => {
    const names = ['rpc.authgss.context.created_frame', 'rpc.authgss.context.destroyed_frame'];
    const used = await inspect(
      ...[
        '-Y',
        'rpc.authgss.procedure in {0, 3}',
        ...fields('tcp.stream', 'rpc.authgss.procedure', ...names),
      ],
    );
    expect(used.trimEnd().split('\n')).to.deep.equal([
      ...['0\t0\t9\t', '0\t0\t9\t', '0\t0\t9\t', '0\t3\t9\t17'],
      ...['0\t0\t20\t', '0\t0\t20\t', '1\t0\t23\t', '0\t0\t20\t', '1\t0\t23\t', '0\t0\t20\t', '0\t0\t20\t'],
      ...['0\t3\t20\t41', '1\t3\t23\t43'],
    ]);
  });

  it('shows what is signed, and of what is sealed the size', async () => {
    const [post, sealed] = (await calls()).filter(({ procedureName }) => procedureName === 'LEDGER_POST');
    expect(post!.args).to.deep.include({
      account: 'alice',
      body: { kind: 'REMARK', text: 'signed, for anyone to read' },
    });
    expect(post!.result).to.have.nested.property('entry.number', 1);
    expect(sealed).to.deep.include({ auth: 'krb5p', args: null, result: null, verdict: 'SUCCESS' });
    expect(sealed!.malformed.map(({ code }) => code)).to.deep.equal(['SEALED', 'SEALED']);
    const text = (await inspect('--calls')).split('\n').filter((line) => line.includes('LEDGER_POST'));
    expect(text[1]).to.include('(124 bytes) → (88 bytes)');
    const detail = await inspect('-Y', `frame.number == ${sealed!.call}`, '-V');
    expect(detail).to.match(/GSS-Wrap\n {4}Length: 120\n {4}GSS Data: 050406ff/);
  });

  it('filters by what is signed', async () => {
    const found = await inspect(
      ...['-Y', 'ledger.body.text contains "signed"', ...fields('rpc.authgss.flavor')],
    );
    expect(found).to.equal('krb5i\n');
  });

  it('takes nothing for malformed, and shows the refusals', async () => {
    const all = await calls();
    expect(all.filter(({ verdict }) => verdict !== 'SUCCESS').map(({ verdict }) => verdict)).to.deep.equal([
      'GARBAGE_ARGS',
      'AUTH_ERROR',
    ]);
    const codes = new Set(all.flatMap(({ malformed }) => malformed.map(({ code }) => code)));
    expect([...codes]).to.deep.equal(['SEALED']);
    expect(await inspect('-Y', '_ws.malformed')).to.equal('');
  });

  it(`has the fields that tshark shows${hasTshark ? '' : ' (skipped: tshark is not installed)'}`, async function () {
    if (!hasTshark) this.skip();
    const names =
      `rpc.xid rpc.state_accept rpc.state_auth rpc.repframe rpc.time rpc.auth.flavor rpc.auth.length
      rpc.authgss.version rpc.authgss.procedure rpc.authgss.seqnum rpc.authgss.service rpc.authgss.context.length
      rpc.authgss.context rpc.authgss.context.created_frame rpc.authgss.context.destroyed_frame rpc.authgss.major
      rpc.authgss.minor rpc.authgss.window rpc.authgss.token rpc.authgss.token_length rpc.authgss.data.length
      rpc.authgss.data rpc.authgss.checksum`.split(/\s+/);
    const flags = [
      ...['-o', 'rpc.dissect_unknown_programs:TRUE', '-d', 'tcp.port==34568,rpc'],
      ...fields('frame.number', ...names),
    ];
    const ran = await run(['inspect', '-r', RECORDING, '--tshark-compat', ...flags]);
    expect(ran.out.length).to.be.greaterThan(5000);
    expect(ran.out).to.equal(tshark(RECORDING, ...flags));
  });
});
