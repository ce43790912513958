import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { capture } from '../replay/sessions.ts';
import { run } from './fake-io.ts';
import { domainSession, eventSession, recorded, served, withDaemon } from './replay-recordings.ts';

describe('cli/replay', function () {
  this.timeout(30_000);
  let folder: string;
  let recording: string;
  let events: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'oncilla-replay-'));
    recording = join(folder, 'virt.pcapng');
    events = join(folder, 'events.pcapng');
    await recorded(recording, ({ url }) => domainSession(url, folder));
    await recorded(events, eventSession);
  });

  after(() => rmSync(folder, { recursive: true }));

  it('finds a fresh daemon the same, and maps what one that has served before names anew', async () => {
    await withDaemon([], async ({ url }) => {
      const first = await run(['replay', recording, '--to', url, '--ignore', '*.cpu_time']);
      expect(first.status, first.out).to.equal(0);
      expect(first.out).to.match(/: 32 same, 0 mapped, 0 changed, 0 missing, 0 extra\n/);
      expect(first.err).to.match(/^oncilla: calls tcp:\/\/127\.0\.0\.1:\d+: VIRT\.VERSION_EXCHANGE × 6, /);

      const rules = join(folder, 'rules.json');
      const second = await run([
        'replay',
        recording,
        '--to',
        url,
        '--ignore',
        '*.cpu_time',
        '--save-map',
        rules,
      ]);
      expect(second.status, second.out).to.equal(0);
      expect(second.out).to.match(/: \d+ same, [1-9]\d* mapped, 0 changed, 0 missing, 0 extra\n/);
      const { rules: found } = JSON.parse(readFileSync(rules, 'utf8'));
      expect(found.map((rule: { class: string }) => rule.class)).to.include.members([
        'virt_uuid',
        'virt_domain.id',
      ]);

      const third = await run(['replay', recording, '--to', url, '--ignore', '*.cpu_time', '--map', rules]);
      expect(third.status, third.out).to.equal(0);

      const off = await run(['replay', recording, '--to', url, '--map', 'off']);
      expect(off.status).to.equal(1);
      expect(off.out).to.match(
        /changed {2}call \d+ \(frame \d+\) VIRT\.DOMAIN_DEFINE\n {11}result\.dom\.uuid: /,
      );
    });
  });

  it('gets the events of a session again, and misses one that does not come', async () => {
    await withDaemon([], async ({ url }) => {
      const same = await run(['replay', events, '--to', url, '--ignore', '*.cpu_time', '--timeout', '2']);
      expect(same.status, same.out).to.equal(0);
      // without the call that causes the event
    });
    await withDaemon([], async ({ url }) => {
      const words = ['--timeout', '0.5', '-Y', 'rpc.procedure != 9', '--ignore', '*.cpu_time'];
      const missing = await run(['replay', events, '--to', url, ...words]);
      expect(missing.status).to.equal(1);
      expect(missing.out).to.match(/^missing {2}callback 1 \(frame \d+\) VIRT_EVENTS\.DOMAIN: nothing came/m);
      expect(missing.out).to.match(/, 0 changed, 1 missing, 0 extra\n/);
    });
  });

  it('writes reports by their endings, for their owner only', async () => {
    await withDaemon([], async ({ url }) => {
      const files = ['r.json', 'r.ndjson', 'r.xml', 'r.pcapng', 'r.html'].map((name) => join(folder, name));
      const reports = files.flatMap((file) => ['--report', file]);
      const ran = await run([
        'replay',
        recording,
        '--to',
        url,
        '--timing',
        'original',
        '--max-gap',
        '0.01',
        ...reports,
      ]);
      expect(ran.out).to.match(/^sent late by: p50 /m);
      const [json, ndjson, xml] = files.map((file) => readFileSync(file, 'utf8'));
      expect(JSON.parse(json!).calls).to.have.length(32);
      expect(ndjson!.trimEnd().split('\n')).to.have.length(33);
      expect(xml).to.include('<testsuites tests="32"');
      expect(readFileSync(files[4]!, 'utf8'))
        .to.match(/^<!doctype html>/)
        .and.to.include('VIRT.DOMAIN_DEFINE');
      // what was sent is a session like the first
      const again = await run(['diff', '-q', '--ignore', '*', files[3]!, files[3]!]);
      expect(again.out).to.match(/^32 calls in A, 32 in B: 32 same/);
    });
  });

  it('refuses what it cannot or may not do', async () => {
    const refused = async (...words: string[]) => {
      const ran = await run(['replay', ...words]);
      expect(ran.status, ran.err).to.equal(2);
      return ran.err;
    };
    expect(await refused()).to.include('needs one capture');
    expect(await refused(recording)).to.include('needs --to');
    expect(await refused(recording, '--to', 'tcp://192.0.2.1:9')).to.include('--i-own-this-target');
    expect(await refused('/nowhere', '--to', 'tcp://127.0.0.1:9')).to.include('no such file');
    expect(await refused(recording, '--to', 'tcp://127.0.0.1:9', '--report', 'r.pdf')).to.include('.pdf');
    expect(await refused(recording, '--to', 'tcp://127.0.0.1:9', '-Y', 'rpc.nonsense')).to.include(
      'display filter',
    );
    expect(await refused(recording, '--to', 'tcp://127.0.0.1:9', '--serve', 'x')).to.include('--serve');
    expect(await refused(capture('record.sh'), '--to', 'tcp://127.0.0.1:9')).to.match(/offset|not a capture/);
  });

  it('counts what GSS sealed as unreplayable, and sends what it left in the clear under another credential', async () => {
    const idl = ['--idl', capture('src/ledger.x')];
    const sealed = capture('ledger-gss-krb5.pcap');
    const serving = await served(capture('ledger-tcp.pcap'), '--serve', 'tcp://127.0.0.1:0', ...idl);
    const to = ['--to', serving.urls[0]!, ...idl];
    const kept = await run(['replay', sealed, ...to]);
    expect(kept.status).to.equal(2);
    expect(kept.out).to.match(/^0 calls sent .*\n17 not sent, unreplayable: sealed by GSS\n/);
    expect(kept.err).to.include('17 calls cannot be sent again (--auth sys replaces the credential)');
    // krb5 and krb5i show arguments and results, krb5p nothing; contexts are made and ended by whoever has the keys
    const replaced = await run(['replay', sealed, ...to, '--auth', 'sys']);
    await serving.stop();
    expect(replaced.status).to.equal(2);
    expect(replaced.out).to.match(/^7 calls sent .*: 4 same, 0 mapped, 3 changed, /m);
    expect(replaced.out).to.match(
      /^7 not sent, part of a handshake.*\n3 not sent, unreplayable: sealed by GSS\n/m,
    );
    expect(replaced.out).to.include('result.page.entries[0].body.kind: "REMARK" → "DEPOSIT"');
    expect(replaced.err).to.match(/3 calls cannot be sent again\n/);
  });

  it('is 3 where nobody listens', async () => {
    const ran = await run(['replay', recording, '--to', 'tcp://127.0.0.1:1']);
    expect(ran.status).to.equal(3);
    expect(ran.out).to.include('target lost: ');
  });
});
