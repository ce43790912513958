import { expect } from 'chai';
import {
  virt_state_reason as Reason,
  virt_domain_state as State,
} from '../../../../codec/programs/virt.gen.ts';
import { isDriverError } from '../../../../server/drivers/error.ts';
import { Domains } from '../../../../server/drivers/test/domains.ts';
import { domainText, uuidNumber } from '../../documents.ts';
import { eventLine, playHost } from './host.ts';

async function refusal(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (e) {
    if (!isDriverError(e)) throw e;
    return `${e.number} ${e.message}`;
  }
  throw new Error('it worked');
}

describe('server/drivers/test/domains', () => {
  it('defines, starts, suspends, resumes, destroys and undefines, and tells each', async () => {
    const { host, events } = await playHost();
    const domains = new Domains(host);
    const { uuid } = await domains.define(domainText('a'));
    expect(domains.state(uuid)).to.deep.equal({
      state: State.VIRT_STATE_SHUTOFF,
      reason: Reason.VIRT_REASON_UNKNOWN,
    });
    const { id } = domains.start(uuid);
    expect(id).to.equal(1);
    domains.suspend(id);
    expect(domains.state(uuid)).to.deep.equal({
      state: State.VIRT_STATE_PAUSED,
      reason: Reason.VIRT_REASON_USER,
    });
    domains.resume(id);
    expect(domains.state(uuid)).to.deep.equal({
      state: State.VIRT_STATE_RUNNING,
      reason: Reason.VIRT_REASON_UNPAUSED,
    });
    domains.destroy(id);
    expect(domains.state(uuid)).to.deep.equal({
      state: State.VIRT_STATE_SHUTOFF,
      reason: Reason.VIRT_REASON_DESTROYED,
    });
    await domains.undefine(uuid);
    expect(domains.list()).to.deep.equal([]);
    expect(events.map(eventLine)).to.deep.equal(['0/1 a', '2/4 a', '3/6 a', '4/7 a', '5/8 a', '1/3 a']);
  });

  it('refuses what does not fit the state, in libvirt’s numbers and words', async () => {
    const domains = new Domains((await playHost()).host);
    const { uuid } = await domains.define(domainText('a'));
    const transient = domains.create(domainText('t'));
    const cases: [() => unknown, string][] = [
      [() => domains.byName('x'), "42 Domain not found: no domain with matching name 'x'"],
      [() => domains.byId(9), '42 Domain not found: no domain with matching id 9'],
      [
        () => domains.byUuid(uuidNumber(9)),
        `42 Domain not found: no domain with matching uuid '${uuidNumber(9)}'`,
      ],
      [() => domains.suspend(-1), '42 Domain not found: no domain with matching id -1'],
      [() => domains.resume(transient.id), '55 Requested operation is not valid: domain is not paused'],
      [() => domains.start(transient.uuid), '55 Requested operation is not valid: domain is already running'],
      [
        () => domains.undefine(transient.uuid),
        '55 Requested operation is not valid: cannot undefine transient domain',
      ],
      [
        () => domains.setAutostart(transient.uuid, true),
        '55 Requested operation is not valid: cannot set autostart for transient domain',
      ],
      [
        () => domains.create(domainText('t', { uuid: transient.uuid })),
        "55 Requested operation is not valid: domain 't' is already active",
      ],
      [
        () => domains.define(domainText('a')),
        `9 operation failed: domain 'a' already exists with uuid ${uuid}`,
      ],
      [
        () => domains.define(domainText('b', { uuid })),
        `9 operation failed: domain 'a' is already defined with uuid ${uuid}`,
      ],
      [
        () => domains.create(domainText('x', { type: 'kvm' })),
        "27 XML error: domain.type: 'test' is expected, not 'kvm'",
      ],
    ];
    for (const [work, why] of cases) expect(await refusal(work)).to.equal(why);
    domains.suspend(transient.id);
    expect(await refusal(() => domains.suspend(transient.id)))
      .to.contain('55 ')
      .and.contain('already paused');
    expect(domains.list().map(({ ref }) => ref.name)).to.deep.equal(['t', 'a']);
  });

  it('never mixes up names: twins by case are two, twins by UUID are one', async () => {
    const domains = new Domains((await playHost()).host);
    await domains.define(domainText('web', { uuid: uuidNumber(0xa) }));
    await domains.define(domainText('WEB', { uuid: uuidNumber(0xb) }));
    await domains.define(domainText('web', { uuid: uuidNumber(0xa).toUpperCase(), memory: '2048' }));
    expect(domains.list().map(({ ref, info }) => [ref.name, info.max_memory])).to.deep.equal([
      ['WEB', 1024n],
      ['web', 2048n],
    ]);
  });

  it('keeps what runs apart from what the next start will use', async () => {
    const { host, events } = await playHost();
    const domains = new Domains(host);
    const { uuid } = await domains.define(domainText('a', { uuid: uuidNumber(1) }));
    domains.start(uuid);
    await domains.define(domainText('a', { uuid, memory: '4096' }));
    expect(eventLine(events.at(-1) ?? expect.fail())).to.equal('0/2 a');
    expect(domains.xml(uuid, {})).to.contain('>1024<').and.contain("id='1'");
    expect(domains.xml(uuid, { inactive: true }))
      .to.contain('>4096<')
      .and.not.contain('id=');
    domains.destroy(1);
    expect(domains.xml(uuid, {})).to.contain('>4096<');
    domains.start(uuid);
    await domains.undefine(uuid);
    expect(domains.details(uuid)).to.include({ persistent: false });
    domains.destroy(2);
    expect(domains.list()).to.deep.equal([]);
  });

  it('lets a defined domain be created, and stay', async () => {
    const domains = new Domains((await playHost()).host);
    const { uuid } = await domains.define(domainText('a'));
    const { id } = domains.create(domainText('a', { uuid, memory: '77' }));
    expect(domains.details(uuid)).to.deep.include({ persistent: true });
    domains.destroy(id);
    expect(domains.details(uuid).info.max_memory).to.equal(1024n);
  });

  it('counts time in changes', async () => {
    const domains = new Domains((await playHost()).host);
    const { uuid } = domains.create(domainText('a'));
    const before = domains.details(uuid).info.cpu_time;
    domains.list();
    domains.xml(uuid, {});
    expect(domains.details(uuid).info.cpu_time).to.equal(before);
    domains.create(domainText('b'));
    expect(domains.details(uuid).info.cpu_time).to.equal(before + 10_000_000n);
  });

  it('lists many as often as asked, and never what was', async () => {
    const domains = new Domains((await playHost()).host);
    for (let i = 0; i < 2000; i++) domains.create(domainText(`d${i}`));
    const started = performance.now();
    for (let i = 0; i < 20_000; i++) expect(domains.list().length === 2000).to.equal(true);
    expect(performance.now() - started).to.be.lessThan(2000);
    domains.destroy(7);
    expect(domains.list()).to.have.length(1999);
    domains.suspend(8);
    expect(domains.list()[6])
      .to.deep.include({ ref: domains.byId(8) })
      .and.nested.include({ 'info.state': 3 });
  });

  it('holds its limit, and has room again after', async () => {
    const domains = new Domains((await playHost({ domains: 2 })).host);
    await domains.define(domainText('a'));
    const { uuid } = await domains.define(domainText('b'));
    expect(await refusal(() => domains.define(domainText('c')))).to.equal('1001 limit reached: 2 domains');
    expect(await refusal(() => domains.create(domainText('c')))).to.equal('1001 limit reached: 2 domains');
    await domains.define(domainText('b', { uuid }));
    await domains.undefine(uuid);
    await domains.define(domainText('c'));
  });

  it('starts what is to start, by name', async () => {
    const { host, events } = await playHost();
    const domains = new Domains(host);
    for (const name of ['c', 'a', 'b']) {
      const { uuid } = await domains.define(domainText(name));
      if (name !== 'b') await domains.setAutostart(uuid, true);
    }
    events.length = 0;
    domains.autostart();
    domains.autostart();
    expect(events.map(eventLine)).to.deep.equal(['2/4 a', '2/4 c']);
  });
});
