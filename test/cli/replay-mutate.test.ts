import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { mutateSpec } from '../../cli/replay-mutate.ts';
import { Bodies, loadSession } from '../../replay/index.ts';
import { Daemon } from '../peers/daemon.ts';
import { allPrograms } from '../replay/sessions.ts';
import { run } from './fake-io.ts';
import { domainSession, recorded } from './replay-recordings.ts';

describe('cli/replay-mutate', function () {
  this.timeout(20_000);
  let folder: string;
  let recording: string;
  let daemon: Daemon;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-mutate-'));
    recording = join(folder, 'virt.pcapng');
    await recorded(recording, ({ url }) => domainSession(url, folder));
    daemon = await Daemon.start(['--listen', 'tcp://127.0.0.1:0']);
  });

  after(async () => {
    await daemon.stop();
    rmSync(folder, { recursive: true });
  });

  /** Number of the call that defines the domain. */
  async function defining(): Promise<number> {
    const table = await allPrograms();
    const { session } = await loadSession(recording, { table });
    const bodies = new Bodies(table);
    const index = session.calls.findIndex((call) => bodies.name(call) === 'VIRT.DOMAIN_DEFINE');
    expect(index).to.be.greaterThan(0);
    return index + 1;
  }

  async function mutated(spec: string) {
    const report = join(folder, 'report.json');
    const ran = await run([
      'replay',
      recording,
      '--to',
      daemon.urls[0]!,
      '--ignore',
      '*.cpu_time',
      '--timeout',
      '2',
      '--mutate',
      spec,
      '--report',
      report,
    ]);
    return { ...ran, report };
  }

  it('reads call, field, case and seed', () => {
    expect(mutateSpec('call=17,field=/args/dom/name,seed=5')).to.deep.equal({
      call: 17,
      field: 'dom.name',
      family: undefined,
      seed: 5,
    });
    expect(mutateSpec('call=1,field=args.xml,case=len.2^31')).to.include({
      field: 'xml',
      family: 'len.2^31',
    });
    for (const bad of [
      '',
      'call=0,field=x',
      'call=1',
      'field=x',
      'call=1,field=x,call=2',
      'call=1,field=x,seed=-1',
      'x=1',
    ]) {
      expect(() => mutateSpec(bad), bad).to.throw(/is not call=N,field=PATH/);
    }
  });

  it('sends one call with a field made wrong, has its answer judged by RFC 5531, and goes on', async () => {
    const number = await defining();
    const ran = await mutated(`call=${number},field=xml,case=len.2^31`);
    expect(ran.err).to.include(
      `oncilla: mutates call ${number} VIRT.DOMAIN_DEFINE: len.2^31 at xml (--mutate `,
    );
    expect(ran.out).to.match(
      new RegExp(
        `same +call ${number} \\(frame \\d+\\) VIRT\\.DOMAIN_DEFINE: len\\.2\\^31 at xml: GARBAGE_ARGS, as may be`,
      ),
    );
    const { calls, summary } = JSON.parse(readFileSync(ran.report, 'utf8'));
    const byNumber = new Map(calls.map((call: { number: number }) => [call.number, call]));
    expect(byNumber.get(number)).to.include({ mutated: true, verdict: 'same' });
    // the session went on: what needs the domain that was not defined differs, and nothing is missing
    expect(ran.status, ran.out).to.equal(1);
    expect(summary).to.include({ sent: calls.length, missing: 0, extra: 0 });
    expect(summary.changed).to.be.greaterThan(0);
  });

  it('takes the same mutation for the same seed, and names it', async () => {
    const number = await defining();
    const lines = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const { err } = await mutated(`call=${number},field=xml,seed=${seed}`);
        return /mutates call.*/.exec(err)?.[0];
      }),
    );
    expect(lines[0])
      .to.equal(lines[1])
      .and.to.match(/case=\S+\)$/);
  });

  it('mutates headers', async () => {
    const ran = await mutated('call=1,field=header,case=hdr.rpcvers(3)');
    expect(ran.out).to.match(/same +call 1 .*: hdr\.rpcvers\(3\) at header: RPC_MISMATCH, as may be/);
  });

  it('refuses what there is not, naming what there is', async () => {
    const number = await defining();
    const refused = async (spec: string) => {
      const ran = await mutated(spec);
      expect(ran.status).to.equal(2);
      return ran.err;
    };
    expect(await refused(`call=999,field=xml`)).to.include('no call 999');
    expect(await refused(`call=${number},field=nonsense`)).to.match(/no field nonsense.*xml/s);
    expect(await refused(`call=${number},field=xml,case=nonsense`)).to.match(/no case nonsense.*len\.2\^31/s);
  });
});
