import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Driver } from '../../../../server/drivers/driver.ts';
import { isDriverError } from '../../../../server/drivers/error.ts';
import { createTestDriver, TEST_DRIVER_KINDS } from '../../../../server/drivers/test/test-driver.ts';
import { type Damage, FileStore } from '../../../../server/store/object-store.ts';
import { domainText, networkText, uuidNumber } from '../../documents.ts';
import { FaultyDisk } from '../../store/faulty-disk.ts';
import { killStorm } from './kill-storm.ts';

const URI = 'test:///default';

const open = (disk?: FaultyDisk, onDamage?: (damage: Damage) => void): Promise<Driver> =>
  createTestDriver({
    uri: URI,
    ...(disk && { store: new FileStore('/s', TEST_DRIVER_KINDS, disk) }),
    ...(onDamage && { onDamage }),
  });

async function code(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'OK';
  } catch (e) {
    if (!isDriverError(e)) throw e;
    return e.code;
  }
}

/** Everything that can be seen of a driver, as text. */
async function digest(driver: Driver): Promise<string> {
  const domains = await driver.domains();
  const networks = await driver.networks();
  const xml = [
    ...(await Promise.all(domains.map(({ ref }) => driver.domainXml(ref.uuid, { secure: true })))),
    ...(await Promise.all(domains.map(({ ref }) => driver.domainXml(ref.uuid, { inactive: true })))),
    ...(await Promise.all(networks.map(({ ref }) => driver.networkXml(ref.uuid)))),
  ];
  const plain = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
  return JSON.stringify([domains, networks, xml], plain, 1);
}

type Call = readonly [name: string, which: number];

const NAMES = ['a', 'b', 'c'];
const FILES = ['/one', '/two'];
const uuidOf = (which: number): string => uuidNumber(1 + (which % NAMES.length));
const textOf = (which: number): string =>
  domainText(NAMES[which % NAMES.length] ?? '', { uuid: uuidOf(which) });

/** One call, and what it answered. */
async function play(driver: Driver, [name, which]: Call): Promise<string> {
  const id = async (): Promise<number> => (await driver.domainByUuid(uuidOf(which))).id;
  const file = FILES[which % FILES.length] ?? '';
  const calls: Record<string, () => unknown> = {
    define: () => driver.defineDomain(textOf(which)),
    fresh: () =>
      driver.defineDomain(domainText(`fresh${which}`, { inside: '<devices><interface/></devices>' })),
    create: () => driver.createDomain(textOf(which)),
    undefine: () => driver.undefineDomain(uuidOf(which)),
    start: () => driver.startDomain(uuidOf(which)),
    suspend: async () => driver.suspendDomain(await id()),
    resume: async () => driver.resumeDomain(await id()),
    destroy: async () => driver.destroyDomain(await id()),
    save: async () => driver.saveDomain(await id(), file),
    restore: () => driver.restoreDomain(file),
    autostart: () => driver.setDomainAutostart(uuidOf(which), which % 2 === 0),
    network: () => driver.defineNetwork(networkText(`n${which % 3}`)),
  };
  try {
    return JSON.stringify((await calls[name]?.()) ?? null);
  } catch (e) {
    if (!isDriverError(e)) throw e;
    return `${e.code} ${e.message}`;
  }
}

const MODELLED = [
  'define',
  'create',
  'undefine',
  'start',
  'suspend',
  'resume',
  'destroy',
  'save',
  'restore',
  'autostart',
];
const call = (names: readonly string[]): fc.Arbitrary<Call> =>
  fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 5 }));

/** libvirt's state machine once more, as plainly as can be: what each call may answer, and what is there then. */
class Model {
  readonly domains = new Map<
    string,
    { state: 'off' | 'running' | 'paused'; persistent: boolean; autostart: boolean }
  >();
  readonly files = new Map<string, { name: string; paused: boolean }>();

  play([call, which]: Call): string {
    const name = NAMES[which % NAMES.length] ?? '';
    const file = FILES[which % FILES.length] ?? '';
    const domain = this.domains.get(name);
    const gone = (): string => {
      if (domain === undefined) return 'NO_DOMAIN';
      if (domain.persistent) domain.state = 'off';
      else this.domains.delete(name);
      return 'OK';
    };
    switch (call) {
      case 'define':
        if (domain === undefined)
          this.domains.set(name, { state: 'off', persistent: true, autostart: false });
        else domain.persistent = true;
        return 'OK';
      case 'create':
        return this.#launch(name, false);
      case 'undefine':
        if (domain === undefined) return 'NO_DOMAIN';
        if (!domain.persistent) return 'OPERATION_INVALID';
        domain.persistent = false;
        domain.autostart = false;
        if (domain.state === 'off') this.domains.delete(name);
        return 'OK';
      case 'start':
        return domain === undefined ? 'NO_DOMAIN' : this.#launch(name, false);
      case 'autostart':
        if (domain === undefined) return 'NO_DOMAIN';
        if (!domain.persistent) return 'OPERATION_INVALID';
        domain.autostart = which % 2 === 0;
        return 'OK';
      case 'restore': {
        const image = this.files.get(file);
        return image === undefined ? 'OPERATION_FAILED' : this.#launch(image.name, image.paused);
      }
    }
    if (domain === undefined || domain.state === 'off') return 'NO_DOMAIN';
    switch (call) {
      case 'suspend':
      case 'resume': {
        const [from, to] =
          call === 'suspend' ? (['running', 'paused'] as const) : (['paused', 'running'] as const);
        if (domain.state !== from) return 'OPERATION_INVALID';
        domain.state = to;
        return 'OK';
      }
      case 'save':
        this.files.set(file, { name, paused: domain.state === 'paused' });
        return gone();
      default:
        return gone();
    }
  }

  #launch(name: string, paused: boolean): string {
    const domain = this.domains.get(name) ?? { state: 'off', persistent: false, autostart: false };
    if (domain.state !== 'off') return 'OPERATION_INVALID';
    this.domains.set(name, { ...domain, state: paused ? 'paused' : 'running' });
    return 'OK';
  }

  digest(): string[] {
    return [...this.domains].map(([name, d]) => `${name} ${d.state} ${d.persistent} ${d.autostart}`).sort();
  }
}

async function modelled(driver: Driver): Promise<string[]> {
  const words = new Map([
    [1, 'running'],
    [3, 'paused'],
    [5, 'off'],
  ]);
  const domains = (await driver.domains()).filter(({ ref }) => ref.name !== 'test');
  return domains
    .map(
      ({ ref, info, persistent, autostart }) =>
        `${ref.name} ${words.get(info.state)} ${persistent} ${autostart}`,
    )
    .sort();
}

describe('server/drivers/test/test-driver', () => {
  it('begins with a domain that runs and a network that is active', async () => {
    const driver = await open();
    expect((await driver.domains()).map(({ ref, info }) => [ref.id, ref.name, info.state])).to.deep.equal([
      [1, 'test', 1],
    ]);
    expect((await driver.networks()).map(({ ref, active }) => [ref.name, active])).to.deep.equal([
      ['default', true],
    ]);
    expect([driver.uri, driver.type, driver.errorDomain, driver.version()]).to.deep.equal([
      URI,
      'Test',
      12,
      2n,
    ]);
    expect(await driver.capabilities()).to.contain("<domain type='test'/>");
    expect((await driver.nodeInfo()).cpus).to.equal(16);
    expect(await driver.hostname()).to.equal('test');
  });

  it('is the state machine that the model is, whatever is called', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call(MODELLED), { maxLength: 40 }), async (calls) => {
        const driver = await open();
        const model = new Model();
        for (const one of calls) {
          const before = await digest(driver);
          const answer = await play(driver, one);
          const expected = model.play(one);
          const word = /^[A-Z_]+ /.exec(answer)?.[0].trim() ?? 'OK';
          expect(word, `${one} answered ${answer}`).to.equal(expected);
          expect(await modelled(driver), String(one)).to.deep.equal(model.digest());
          if (expected !== 'OK') expect(await digest(driver), String(one)).to.equal(before);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('answers the same to the same calls, with a store and without, at once and one by one', async () => {
    const calls = fc.array(call([...MODELLED, 'fresh', 'network']), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(calls, async (all) => {
        const [plain, kept, burst] = [
          await open(),
          await open(new FaultyDisk()),
          await open(new FaultyDisk()),
        ];
        const events: string[][] = [[], []];
        plain.subscribe((event) => events[0]?.push(JSON.stringify(event)));
        kept.subscribe((event) => events[1]?.push(JSON.stringify(event)));
        for (const one of all) expect(await play(kept, one)).to.equal(await play(plain, one));
        expect(await digest(kept)).to.equal(await digest(plain));
        expect(events[0]).to.deep.equal(events[1]);
        // Define, undefine and start take no look before they act: sent all at once they keep their order.
        const direct = all.filter(([name]) =>
          ['define', 'undefine', 'start', 'fresh', 'create'].includes(name),
        );
        const alone = await open();
        const one: string[] = [];
        for (const each of direct) one.push(await play(alone, each));
        expect(await Promise.all(direct.map((each) => play(burst, each)))).to.deep.equal(one);
        expect(await digest(burst)).to.equal(await digest(alone));
      }),
      { numRuns: 40 },
    );
  });

  it('draws nothing for a call that is refused', async () => {
    const [one, other] = [await open(), await open()];
    expect(await code(() => one.defineDomain(domainText('x', { type: 'kvm' })))).to.equal('XML');
    expect(await code(() => one.defineDomain(domainText('test')))).to.equal('OPERATION_FAILED');
    expect(await one.defineDomain(domainText('y'))).to.deep.equal(await other.defineDomain(domainText('y')));
  });

  it('keeps definitions, autostart and saved domains over a restart, and starts what is to start', async () => {
    const disk = new FaultyDisk();
    const first = await open(disk);
    const auto = await first.defineDomain(domainText('auto'));
    await first.setDomainAutostart(auto.uuid, true);
    await first.createDomain(domainText('transient'));
    const { id } = await first.createDomain(domainText('saved'));
    await first.suspendDomain(id);
    await first.saveDomain(id, '/var/save');
    const net = await first.defineNetwork(networkText('n'));
    await first.setNetworkAutostart(net.uuid, true);
    await first.undefineNetwork((await first.networkByName('default')).uuid);
    await first.close();
    const damage: Damage[] = [];
    const second = await open(disk, (one) => damage.push(one));
    expect(damage).to.deep.equal([]);
    expect((await second.domains()).map(({ ref }) => `${ref.name} ${ref.id}`)).to.deep.equal([
      'auto 1',
      'test -1',
    ]);
    expect((await second.networks()).map(({ ref, active }) => `${ref.name} ${active}`)).to.deep.equal([
      'n true',
    ]);
    const restored = await second.restoreDomain('/var/save');
    expect((await second.domainState(restored.uuid)).state).to.equal(3);
  });

  it('puts aside what it cannot use, and starts', async () => {
    const disk = new FaultyDisk();
    const store = new FileStore('/s', TEST_DRIVER_KINDS, disk);
    await (await open(disk)).close();
    await store.put(
      'domain',
      uuidNumber(1),
      { xml: domainText('evil', { uuid: uuidNumber(2) }), autostart: true },
      null,
    );
    await store.put('domain', uuidNumber(3), { xml: '<!DOCTYPE x><domain/>', autostart: true }, null);
    await store.put(
      'domain',
      uuidNumber(4),
      { xml: domainText('test', { uuid: uuidNumber(4) }), autostart: true },
      null,
    );
    await store.put('network', uuidNumber(5), { xml: networkText('n', { uuid: uuidNumber(5) }) }, null);
    await store.put('saved', 'ab'.repeat(32), { file: '/x', xml: '', paused: false }, null);
    const damage: Damage[] = [];
    const driver = await open(disk, (one) => damage.push(one));
    expect(damage).to.have.length(5);
    expect((await driver.domains()).map(({ ref }) => ref.uuid)).to.have.length(1);
    expect([...disk.files.keys()].filter((file) => file.startsWith('/s/damaged/'))).to.have.length(5);
  });

  it('begins again where its very first start was interrupted', async () => {
    const disk = new FaultyDisk();
    disk.fail = (operation, path) =>
      operation === 'write' && path === '/s/kept' ? { code: 'ENOSPC' } : null;
    expect(
      await open(disk).then(
        () => 'open',
        (e: { code: string }) => e.code,
      ),
    ).to.equal('IO');
    disk.fail = () => null;
    expect((await (await open(disk)).domains()).map(({ ref }) => ref.name)).to.deep.equal(['test']);
  });

  it('answers a full disk with an error, keeps what was, and goes on reading', async () => {
    const disk = new FaultyDisk();
    const driver = await open(disk);
    const { uuid } = await driver.defineDomain(domainText('a'));
    const { id } = await driver.startDomain(uuid);
    const before = await digest(driver);
    disk.fail = (operation) => (operation === 'write' ? { code: 'ENOSPC' } : null);
    expect(await code(() => driver.defineDomain(domainText('b')))).to.equal('SYSTEM');
    expect(await code(() => driver.defineDomain(domainText('a', { uuid, memory: '9' })))).to.equal('SYSTEM');
    expect(await code(() => driver.setDomainAutostart(uuid, true))).to.equal('SYSTEM');
    expect(await code(() => driver.saveDomain(id, '/x'))).to.equal('SYSTEM');
    expect(await code(() => driver.defineNetwork(networkText('n')))).to.equal('SYSTEM');
    expect(await digest(driver)).to.equal(before);
    disk.fail = () => null;
    expect(await code(() => driver.defineDomain(domainText('b')))).to.equal('OK');
    expect((await (await open(disk)).domains()).map(({ ref }) => ref.name)).to.deep.equal(['a', 'b', 'test']);
  });

  it('takes no path for a saved domain that could be another, and bounds them', async () => {
    const driver = await createTestDriver({ uri: URI, limits: { saved: 1 } });
    const { id } = await driver.domainByName('test');
    for (const file of ['', 'x', './x', '/a\0b', '/a\nb', `/${'x'.repeat(4096)}`])
      expect(await code(() => driver.saveDomain(id, file)), file).to.equal('INVALID_ARG');
    expect(await code(() => driver.saveDomain(id, '/a'))).to.equal('OK');
    const again = await driver.restoreDomain('/a');
    expect(await code(() => driver.saveDomain(again.id, '/b'))).to.equal('LIMIT');
    expect(await code(() => driver.saveDomain(again.id, '/a'))).to.equal('OK');
  });

  it('loses nothing acknowledged to kill -9, and damages nothing', async function () {
    this.timeout(60_000);
    const directory = mkdtempSync(join(tmpdir(), 'oncilla-kill-'));
    try {
      const { acknowledged } = await killStorm({ directory, seed: 20_070_131, rounds: 6 });
      expect(acknowledged).to.be.greaterThan(100);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});
