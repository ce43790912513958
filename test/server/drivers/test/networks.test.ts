import { expect } from 'chai';
import { isDriverError } from '../../../../server/drivers/error.ts';
import { Networks } from '../../../../server/drivers/test/networks.ts';
import { networkText, uuidNumber } from '../../documents.ts';
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

describe('server/drivers/test/networks', () => {
  it('defines, starts, destroys and undefines, and tells each', async () => {
    const { host, events } = await playHost();
    const networks = new Networks(host);
    const { uuid } = await networks.define(networkText('n'));
    networks.start(uuid);
    await networks.setAutostart(uuid, true);
    await networks.setAutostart(uuid, true);
    expect(networks.details(uuid)).to.include({
      active: true,
      persistent: true,
      autostart: true,
      bridge: 'virbr0',
    });
    networks.destroy(uuid);
    await networks.undefine(uuid);
    expect(networks.list()).to.deep.equal([]);
    expect(events.map(eventLine)).to.deep.equal(['0/1 n', '2/4 n', '6/10 n', '5/8 n', '1/3 n']);
  });

  it('refuses what does not fit the state', async () => {
    const networks = new Networks((await playHost()).host);
    const { uuid } = await networks.define(networkText('n'));
    const transient = networks.create(networkText('t'));
    const cases: [() => unknown, string][] = [
      [() => networks.byName('x'), "43 Network not found: no network with matching name 'x'"],
      [
        () => networks.byUuid(uuidNumber(9)),
        `43 Network not found: no network with matching uuid '${uuidNumber(9)}'`,
      ],
      [() => networks.destroy(uuid), '55 Requested operation is not valid: network is not active'],
      [
        () => networks.start(transient.uuid),
        '55 Requested operation is not valid: network is already active',
      ],
      [
        () => networks.undefine(transient.uuid),
        '55 Requested operation is not valid: cannot undefine transient network',
      ],
      [
        () => networks.setAutostart(transient.uuid, true),
        '55 Requested operation is not valid: cannot set autostart for transient network',
      ],
      [
        () => networks.define(networkText('n')),
        `9 operation failed: network 'n' already exists with uuid ${uuid}`,
      ],
      [
        () => networks.define(networkText('m', { uuid })),
        `9 operation failed: network 'n' is already defined with uuid ${uuid}`,
      ],
      [
        () => networks.create(networkText('m', { inside: "<bridge name='virbr0'/>" })),
        "1 internal error: bridge name 'virbr0' already in use.",
      ],
    ];
    for (const [work, why] of cases) expect(await refusal(work)).to.equal(why);
    networks.destroy(transient.uuid);
    expect(networks.list().map(({ ref }) => ref.name)).to.deep.equal(['n']);
  });

  it('gives each its own bridge and keeps it over a new definition', async () => {
    const networks = new Networks((await playHost()).host);
    const uuids: string[] = [];
    for (const name of ['a', 'b', 'c']) uuids.push((await networks.define(networkText(name))).uuid);
    await networks.undefine(uuids[1] ?? '');
    await networks.define(networkText('d'));
    await networks.define(networkText('c', { uuid: uuids[2] ?? '', inside: '<new/>' }));
    expect(networks.list().map(({ ref, bridge }) => `${ref.name} ${bridge}`)).to.deep.equal([
      'a virbr0',
      'c virbr2',
      'd virbr1',
    ]);
    const shared = (name: string): string =>
      networkText(name, { inside: "<forward mode='bridge'/><bridge name='br0'/>" });
    await networks.define(shared('e'));
    await networks.define(shared('f'));
    const none = await networks.define(networkText('g', { inside: "<forward mode='hostdev'/>" }));
    expect(networks.details(none.uuid).bridge).to.equal(null);
  });

  it('keeps what runs apart from what the next start will use, and holds its limit', async () => {
    const { host } = await playHost({ networks: 1 });
    const networks = new Networks(host);
    const { uuid } = await networks.define(networkText('n'));
    networks.start(uuid);
    await networks.define(networkText('n', { uuid, inside: '<new/>' }));
    expect(networks.xml(uuid, {})).not.to.contain('<new/>');
    expect(networks.xml(uuid, { inactive: true })).to.contain('<new/>');
    expect(await refusal(() => networks.create(networkText('m')))).to.equal('1001 limit reached: 1 networks');
  });
});
