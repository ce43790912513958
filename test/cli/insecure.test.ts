import { writeFileSync } from 'node:fs';
import { expect } from 'chai';
import { insecureAloud, insecureTo } from '../../cli/insecure.ts';
import { actions } from '../../cli/watch-act.ts';
import { ProgramTable } from '../../codec/programs/index.ts';
import { programs } from '../../codec/programs/virt.gen.ts';
import { newFinding } from '../../fuzz/finding.ts';
import { Engine } from '../../server/engine/engine.ts';
import { portmapServices } from '../../server/portmap/services.ts';
import { caseNamed, PUT } from '../fuzz/base.ts';
import { PLANT_SOURCE } from '../fuzz/plant.ts';
import { type Certificates, hasOpenssl, makeCertificates } from '../transport/certificates.ts';
import { scratch } from '../transport/streams.ts';
import { fakeIo, run } from './fake-io.ts';

describe('cli/insecure', () => {
  it('says each thing once', () => {
    const said: string[] = [];
    const { onInsecure } = insecureTo((text) => said.push(text));
    for (const text of ['a', 'b', 'a']) onInsecure(text);
    expect(said).to.deep.equal(['a', 'b']);
    const io = fakeIo();
    insecureAloud(io).onInsecure('the certificate of \u001b[31m');
    expect(io.stderr.text).to.match(/^oncilla: the certificate of [^\u001b]*\n$/);
  });

  describe('of every command that connects (needs openssl)', () => {
    const { path, remove } = scratch();
    const WARNING = 'the certificate of 127.0.0.1 is not verified (verify=none)';
    const idl = path('plant.x');
    let certificates: Certificates;
    let engine: Engine;
    let url: string;

    before(async function () {
      if (!hasOpenssl()) return this.skip();
      certificates = makeCertificates(path);
      engine = new Engine();
      for (const service of portmapServices()) engine.addService(service);
      const ok: Readonly<Record<string, object>> = {
        VIRT_VERSION_EXCHANGE: { agreed: { minor: 1, features: [] } },
        VIRT_GET_HOSTNAME: { text: 'here' },
      };
      engine.addService({
        program: programs[0]!,
        handler: (name) => () => ({ status: 0, ...ok[name] }),
        access: 'unrestricted',
      });
      const tls = { ...certificates.server };
      ({ url } = await engine.addListener('tls://127.0.0.1:0', { access: 'rw', tls }));
      writeFileSync(idl, PLANT_SOURCE);
    });
    after(async () => {
      await engine?.stop();
      remove();
    });

    const times = (text: string): number => text.split(`oncilla: ${WARNING}\n`).length - 1;

    it('call', async () => {
      const ran = await run(['call', `${url}?verify=none`, 'portmap.NULL']);
      expect(ran).to.deep.equal({ status: 0, out: 'null\n', err: `oncilla: ${WARNING}\n` });
      expect((await run(['call', `${url}?ca=${certificates.ca}`, 'portmap.NULL'])).err).to.equal('');
    });

    it('ends with 2, not 3, where a file of the target cannot be read', async () => {
      const wrong = `${url}?ca=${path('nothing.pem')}`;
      const virt = `test+${url}/default?pkipath=${path('nothing')}`;
      for (const words of [
        ['call', wrong, 'portmap.NULL'],
        ['virt', '-c', virt, 'hostname'],
        ['replay', 'captures/rpcbind-tcp-udp.pcap', '--to', wrong],
        ['fuzz', wrong, '--idl', idl, '--out', path('out'), '--max-cases', '2'],
      ]) {
        const ran = await run(words);
        expect(ran.status, `${words[0]} ${ran.err}`).to.equal(2);
        expect(ran.out + ran.err)
          .to.contain('no such file')
          .and.contain('nothing');
      }
    });

    it('virt', async () => {
      const ran = await run(['virt', '-c', `test+${url}/default?no_verify=1`, 'hostname']);
      expect(ran).to.include({ status: 0, err: `oncilla: ${WARNING}\n` });
      const event = ['virt', '-c', `test+${url}/default?no_verify=1`, 'event', '--timeout', '1'];
      expect(times((await run(event)).err)).to.equal(1);
    });

    it('replay', async () => {
      const ran = await run(['replay', 'captures/rpcbind-tcp-udp.pcap', '--to', `${url}?verify=none`]);
      expect(times(ran.err), ran.err).to.equal(1);
    });

    it('fuzz, and fuzz replay and minimize', async () => {
      const words = ['--idl', idl, '--out', path('out'), '--timeout', '0.2'];
      const insecure = `${url}?verify=none`;
      const ran = await run(['fuzz', insecure, ...words, '--max-cases', '2', '--seed', '1']);
      expect(times(ran.err), ran.err).to.equal(1);
      const fault = { oracle: 'accepted', shape: 'BAD_ENUM accepted', detail: '' } as const;
      const one = caseNamed(PUT, '/enum.gap(3)@shade');
      const init = { fault, seed: 5, profile: 'strict', stream: true, confirmed: true } as const;
      const file = path('finding.json');
      writeFileSync(file, JSON.stringify(newFinding(one, { ...init, messages: [one.bytes], reply: null })));
      for (const command of ['replay', 'minimize']) {
        const again = await run(['fuzz', command, file, '--to', insecure, '--idl', idl]);
        expect(times(again.err), again.err).to.equal(1);
      }
    });

    it('a call of watch, beside its answer', async () => {
      const table = new ProgramTable();
      await table.loadAll();
      const act = actions({ table, owned: false, common: [] });
      const request = { program: 100000, version: 2, procedure: 0, json: 'null' };
      const { warnings } = await act.call({ ...request, target: `${url}?verify=none` });
      expect(warnings).to.deep.equal([WARNING]);
      const checked = await act.call({ ...request, target: `${url}?ca=${certificates.ca}` });
      expect(checked.warnings).to.deep.equal([]);
    });
  });
});
