import { expect } from 'chai';
import { Registry, SUPERUSER } from '../../../server/portmap/registry.ts';

const nfs = { program: 100003, version: 3, netid: 'tcp', address: '0.0.0.0.8.1', owner: 'unknown' };

describe('server/portmap/registry', () => {
  it('keeps one address for each program, version and netid', () => {
    const registry = new Registry();
    expect(registry.set(nfs)).to.equal(true);
    expect(registry.set({ ...nfs, owner: 'other' })).to.equal(true);
    expect(registry.set({ ...nfs, address: '0.0.0.0.8.2' })).to.equal(false);
    expect(registry.set({ ...nfs, version: 4 })).to.equal(true);
    expect(registry.set({ ...nfs, netid: 'udp' })).to.equal(true);
    expect(registry.size).to.equal(3);
    expect(registry.find(100003, 3, 'tcp')).to.deep.equal(nfs);
    expect(registry.find(100003, 3, 'tcp6')).to.equal(undefined);
    expect(registry.find(100003, 2, 'tcp')).to.equal(undefined);
    expect(registry.findAnyVersion(100003, 'tcp')?.version).to.equal(4);
    expect(registry.findAnyVersion(100005, 'tcp')).to.equal(undefined);
    expect(registry.addresses(100003, 3).map((one) => one.netid)).to.deep.equal(['tcp', 'udp']);
  });

  it('lets an owner remove its own, and the superuser anything', () => {
    const registry = new Registry();
    registry.set(nfs);
    registry.set({ ...nfs, netid: 'udp', owner: SUPERUSER });
    expect(registry.unset(100003, 3, '', 'stranger')).to.equal(false);
    expect(registry.size).to.equal(2);
    // Its own goes, but not all of it was its own.
    expect(registry.unset(100003, 3, '', 'unknown')).to.equal(false);
    expect(registry.list().map((one) => one.netid)).to.deep.equal(['udp']);
    expect(registry.unset(100003, 3, 'tcp', SUPERUSER)).to.equal(false);
    expect(registry.unset(100003, 3, '', SUPERUSER)).to.equal(true);
    expect(registry.size).to.equal(0);
  });

  it('has room for so many, and for addresses of so many bytes', () => {
    const registry = new Registry(2);
    expect(registry.set({ ...nfs, version: 1 })).to.equal(true);
    expect(registry.set({ ...nfs, version: 2, address: 'x'.repeat(256) })).to.equal(true);
    expect(registry.set({ ...nfs, version: 3 })).to.equal(false);
    expect(registry.set({ ...nfs, version: 1 })).to.equal(true);
    registry.unset(100003, 2, '', SUPERUSER);
    expect(registry.set({ ...nfs, version: 2, address: 'x'.repeat(257) })).to.equal(false);
  });
});
