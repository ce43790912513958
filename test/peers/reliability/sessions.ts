/** S: many calls, many connections, and what a connection holds. */
import { expect } from 'chai';
import { callRecord, Daemon, eventually, RawClient, words } from '../daemon.ts';
import { type Case, type Connection, procedure, verdictOf } from './world.ts';

const XML = (name: string) =>
  `<domain type="test"><name>${name}</name><memory>1024</memory><os><type>hvm</type></os></domain>`;

interface Made {
  readonly status: number;
  readonly dom: { readonly id: number; readonly uuid: Uint8Array };
  readonly error?: { readonly code: number };
}

const define = (connection: Connection, name: string) =>
  connection.call<Made>('DOMAIN_DEFINE', { xml: XML(name) });

async function codeOf(connection: Connection, name: string, value?: unknown): Promise<number> {
  const result = await connection.call<{ status: number; error?: { code: number } }>(name, value);
  return result.status === 0 ? 0 : result.error!.code;
}

const NO_DOMAIN = 42;

export const SESSION_CASES: readonly Case[] = [
  {
    id: 'S-01',
    title: 'good and bad calls in turn on one connection',
    async run(world) {
      const raw = await world.raw();
      const bad = procedure('DOMAIN_LOOKUP_BY_NAME').number;
      const good = procedure('GET_VERSION').number;
      const calls = Array.from({ length: 40 }, (_, i) =>
        callRecord(i % 2 === 0 ? { xid: i, procedure: good } : { xid: i, procedure: bad, args: words(99) }),
      );
      raw.send(...calls);
      for (let i = 0; i < calls.length; i++) {
        const reply = await raw.next();
        expect(reply?.xid).to.equal(i);
        expect(verdictOf(reply)).to.equal(i % 2 === 0 ? 'SUCCESS' : 'GARBAGE_ARGS');
      }
    },
  },
  {
    id: 'S-02',
    title: 'OPEN twice, CLOSE and go on, what was not agreed on',
    async run(world) {
      const connection = await world.connect();
      const early = await connection.send('LIST_ALL_DOMAINS', new Uint8Array(0));
      expect(verdictOf(early), 'before VERSION_EXCHANGE').to.equal('PROC_UNAVAIL');
      expect(await codeOf(connection, 'OPEN', { uri: 'test:///default' })).to.equal(0);
      expect(await codeOf(connection, 'OPEN', { uri: 'test:///default' })).to.be.greaterThan(0);
      expect(await codeOf(connection, 'CLOSE')).to.equal(0);
      expect(await codeOf(connection, 'NUM_DOMAINS')).to.be.greaterThan(0);
      // As libvirtd has it: no name, or an empty one, and the daemon picks.
      for (const uri of ['', null]) {
        expect(await codeOf(await world.connect(), 'OPEN', { uri }), `OPEN of ${uri}`).to.equal(0);
      }
      for (const uri of [
        'test:///etc/passwd',
        'test+ext:///default?command=id',
        'test://host/default',
        'x',
      ]) {
        const other = await world.connect();
        expect(await codeOf(other, 'OPEN', { uri }), uri).to.be.greaterThan(0);
        expect(await codeOf(other, 'NUM_DOMAINS'), 'after a refused OPEN').to.be.at.least(0);
      }
    },
  },
  {
    id: 'S-03',
    title: 'registrations up to the limit, unknown ones, a socket dropped while events fly',
    async run(world) {
      const connection = await world.connect();
      await connection.exchange();
      const register = { source: 0, object: new Uint8Array(0) };
      const codes: number[] = [];
      for (let i = 0; i < 70; i++) codes.push(await codeOf(connection, 'EVENT_REGISTER', register));
      expect(codes.filter((code) => code === 0).length).to.equal(64);
      for (const registration of [0xffffffff, 12345]) {
        expect(await codeOf(connection, 'EVENT_DEREGISTER', { registration })).to.be.greaterThan(0);
      }
      const maker = await world.connect();
      const made = await define(maker, 'eventful');
      for (let i = 0; i < 10; i++) {
        const { dom } = await maker.call<Made>('DOMAIN_START', { uuid: made.dom.uuid });
        if (i === 5) connection.raw.socket.resetAndDestroy();
        await maker.call('DOMAIN_DESTROY', { id: dom.id });
      }
      await maker.call('DOMAIN_UNDEFINE', { uuid: made.dom.uuid });
    },
  },
  {
    id: 'S-04',
    title: 'identifiers of what is gone, and of another connection',
    async run(world) {
      const connection = await world.connect();
      const made = await define(connection, 'short-lived');
      await connection.call('DOMAIN_UNDEFINE', { uuid: made.dom.uuid });
      expect(await codeOf(connection, 'DOMAIN_START', { uuid: made.dom.uuid })).to.equal(NO_DOMAIN);
      expect(await codeOf(connection, 'DOMAIN_UNDEFINE', { uuid: made.dom.uuid })).to.equal(NO_DOMAIN);
      const flipped = Uint8Array.from(made.dom.uuid, (byte, i) => (i === 3 ? byte ^ 1 : byte));
      expect(await codeOf(connection, 'DOMAIN_DUMP_XML', { uuid: flipped })).to.equal(NO_DOMAIN);
      const [one, other] = [await world.connect(), await world.connect()];
      await one.exchange();
      await other.exchange();
      const { registration } = await one.call<{ status: number; registration: number }>('EVENT_REGISTER', {
        source: 0,
        object: new Uint8Array(0),
      });
      expect(await codeOf(other, 'EVENT_DEREGISTER', { registration })).to.be.greaterThan(0);
    },
  },
  {
    id: 'S-05',
    title: '100 connections list, define and destroy the same name',
    async run(world) {
      const connections = await Promise.all(Array.from({ length: 100 }, () => world.connect()));
      await Promise.all(
        connections.map(async (connection, i) => {
          for (let round = 0; round < 5; round++) {
            if (i % 3 === 0) await connection.call('LIST_DEFINED_DOMAINS');
            else if (i % 3 === 1) await define(connection, 'contested');
            else {
              const found = await connection.call<Made>('DOMAIN_LOOKUP_BY_NAME', { name: 'contested' });
              if (found.status === 0) await connection.call('DOMAIN_UNDEFINE', { uuid: found.dom.uuid });
            }
          }
        }),
      );
      const [last] = connections;
      const left = await last!.call<Made>('DOMAIN_LOOKUP_BY_NAME', { name: 'contested' });
      if (left.status === 0)
        expect(await codeOf(last!, 'DOMAIN_UNDEFINE', { uuid: left.dom.uuid })).to.equal(0);
    },
  },
  {
    id: 'S-07',
    title: '20,000 NULL calls at once are answered; who does not answer whether it lives is given up',
    async run(world) {
      const dead = await world.connect();
      expect((await dead.exchange(['keepalive'])).agreed?.features).to.deep.equal(['keepalive']);
      const since = Date.now();
      const raw = await world.raw();
      const pings = Array.from({ length: 20_000 }, (_, xid) => callRecord({ xid }));
      for (let i = 0; i < pings.length; i += 1000) raw.send(...pings.slice(i, i + 1000));
      expect(await eventually(() => raw.replies.length === pings.length, 10_000)).to.equal(true);
      // An interval of a second, and one question without an answer: two seconds, and the wheel's coarse ticks.
      expect(await dead.raw.ended(5000), 'the one that never answers').to.equal('reset');
      expect(Date.now() - since).to.be.within(1900, 4000);
    },
  },
  {
    id: 'S-08',
    title: 'more connections than there may be; 1,024 of them one after another',
    async run(world) {
      const small = await Daemon.start(['--listen', 'tcp://127.0.0.1:0', '--max-connections', '20']);
      try {
        const base = small.descriptors;
        const kept: RawClient[] = [];
        for (let i = 0; i < 40; i++) {
          const raw = await RawClient.connect(small.port());
          raw.send(callRecord({ xid: i }));
          kept.push(raw);
        }
        const settled = () => kept.every((raw) => raw.replies.length > 0 || raw.ending !== null);
        expect(await eventually(settled), 'each is served or refused').to.equal(true);
        expect(kept.filter((raw) => raw.ending === null)).to.have.lengthOf(20);
        expect(small.descriptors).to.be.at.most(base + 20);
        for (const raw of kept) raw.close();
        expect(await eventually(() => small.descriptors <= base)).to.equal(true);
        for (let i = 0; i < 1024; i += 16) {
          const some = await Promise.all(Array.from({ length: 16 }, () => RawClient.connect(small.port())));
          for (const raw of some) raw.close();
        }
        expect(await eventually(() => small.descriptors <= base)).to.equal(true);
        const again = await RawClient.connect(small.port());
        again.send(callRecord({ xid: 7 }));
        expect(verdictOf(await again.next())).to.equal('SUCCESS');
        again.close();
      } finally {
        await small.stop();
      }
      await world.canary();
    },
  },
];
