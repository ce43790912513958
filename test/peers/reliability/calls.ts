/** RPC and AU: headers, verdicts, credentials, and what a client makes of a bad server. */
import { createServer } from 'node:net';
import { expect } from 'chai';
import { virtProcedures } from '../../../codec/programs/virt.declare.ts';
import { programs } from '../../../codec/programs/virt.gen.ts';
import { encodeRecord, isRpcError, type OpaqueAuth } from '../../../codec/rpc/index.ts';
import { connect } from '../../../transport/connect.ts';
import { Peer } from '../../../transport/peer.ts';
import { callMessage, callRecord, eventually, VIRT, words } from '../daemon.ts';
import { emptyValue } from './values.ts';
import { args, type Case, PROCEDURES, procedure, verdictOf, type World } from './world.ts';

const NULL_PROCEDURE = programs[0]!.versions[0]!.procedures[0]!;

/** AUTH_SYS: stamp, machine name, uid, gid, gids. */
function sys(uid = 0, gids: readonly number[] = [], name = 'host'): OpaqueAuth {
  const text = Buffer.alloc(Math.ceil(name.length / 4) * 4);
  text.write(name, 'latin1');
  const body = Buffer.concat([words(1, name.length), text, words(uid, 0, gids.length, ...gids)]);
  return { flavor: 1, body };
}

async function verdictWith(world: World, credential: OpaqueAuth): Promise<string> {
  const raw = await world.raw();
  raw.send(callRecord({ credential }));
  const reply = await raw.next();
  if (reply?.type === 'denied' && reply.authStat !== undefined) return `AUTH_ERROR ${reply.authStat}`;
  return verdictOf(reply);
}

/** A server that answers the first bytes of each connection with `answer`, and what our client says to it. */
async function clientAgainst(answer: (xid: number) => readonly Uint8Array[]): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => socket.write(Buffer.concat(answer(bytes.readUInt32BE(4)))));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const peer = new Peer(await connect(`tcp://127.0.0.1:${port}`), { timeoutMs: 400 });
  try {
    await peer.call(VIRT, 1, NULL_PROCEDURE, undefined);
    return 'SUCCESS';
  } catch (e) {
    if (!isRpcError(e)) throw e;
    return e.code;
  } finally {
    peer.reset();
    await new Promise((resolve) => void server.close(resolve));
  }
}

const record = (...values: readonly number[]) => encodeRecord(words(...values));

export const CALL_CASES: readonly Case[] = [
  {
    id: 'RPC-01',
    title: 'RPC versions other than 2',
    async run(world) {
      for (const version of [0, 1, 3, 0xffffffff]) {
        const message = Buffer.from(callMessage({ xid: 1 }));
        message.writeUInt32BE(version, 8);
        const raw = await world.raw();
        raw.send(encodeRecord(message));
        const reply = await raw.next();
        expect(reply).to.deep.include({ type: 'denied', stat: 0, low: 2, high: 2 });
      }
    },
  },
  {
    id: 'RPC-02',
    title: 'message types other than CALL',
    async run(world) {
      for (const type of [1, 2, 0x7fffffff]) {
        const raw = await world.raw();
        const message = Buffer.from(callMessage({ xid: 2 }));
        message.writeUInt32BE(type, 4);
        raw.send(encodeRecord(message), callRecord({ xid: 3 }));
        expect((await raw.next())?.xid, `what comes behind type ${type} is answered`).to.equal(3);
        expect(raw.replies, `type ${type}`).to.deep.equal([]);
      }
    },
  },
  {
    id: 'RPC-03',
    title: 'programs, versions and procedures that are not there',
    async run(world) {
      const raw = await world.raw();
      const ask = async (parts: { program?: number; version?: number; procedure?: number }) => {
        raw.send(callRecord({ xid: 3, ...parts }));
        return raw.next();
      };
      for (const number of [55, 99, 0x7fffffff, 0x80000000, 0xffffffff]) {
        expect(verdictOf(await ask({ procedure: number }))).to.equal('PROC_UNAVAIL');
      }
      for (const version of [0, 2, 0xffffffff]) {
        expect(await ask({ version })).to.deep.include({ stat: 2, low: 1, high: 1 });
      }
      for (const program of [0, 1, VIRT + 1, 0xffffffff]) {
        expect(verdictOf(await ask({ program }))).to.equal('PROG_UNAVAIL');
      }
    },
  },
  {
    id: 'RPC-04',
    title: 'replies sent to the server, and calls of the program that clients serve',
    async run(world) {
      const raw = await world.raw();
      raw.send(record(0x80000001, 1, 0, 0, 0, 0), record(7, 1, 1, 1, 1));
      raw.send(callRecord({ xid: 4, program: VIRT + 1, procedure: 1 }));
      expect(verdictOf(await raw.next())).to.equal('PROG_UNAVAIL');
    },
  },
  {
    id: 'RPC-05',
    title: 'one xid for several calls',
    async run(world) {
      const raw = await world.raw();
      const calls = ['GET_VERSION', 'NUM_DOMAINS', 'NULL', 'NULL', 'NULL'];
      raw.send(...calls.map((name) => callRecord({ xid: 5, procedure: procedure(name).number })));
      for (const name of calls) {
        const reply = await raw.next();
        expect(verdictOf(reply), name).to.equal('SUCCESS');
        expect(reply?.xid).to.equal(5);
      }
    },
  },
  {
    id: 'RPC-06',
    title: 'replies that nobody asked for do not disturb a client',
    async run() {
      const good = (xid: number) => record(xid, 1, 0, 0, 0, 0);
      expect(await clientAgainst((xid) => [good(xid ^ 0x55), good(xid), good(xid)])).to.equal('SUCCESS');
      expect(await clientAgainst((xid) => [good(xid ^ 1)])).to.equal('TIMEOUT');
    },
  },
  {
    id: 'RPC-07',
    title: 'replies that are none reject the call',
    async run() {
      const shapes: readonly ((xid: number) => Uint8Array)[] = [
        (xid) => record(xid, 1, 1, 7),
        (xid) => record(xid, 1, 0, 0, 0, 99),
        (xid) => record(xid, 1, 0, 0, 0, 2, 1),
        (xid) => record(xid, 1, 0, 0, 0xffffffff),
        (xid) => record(xid, 1, 9),
        (xid) => record(xid, 1, 0, 0, 0, 0, 1, 2, 3),
        () => words(0x7fffffff),
      ];
      for (const shape of shapes) {
        const code = await clientAgainst((xid) => [shape(xid)]);
        expect(code).to.be.oneOf(['MALFORMED', 'CLOSED', 'LIMIT']);
      }
    },
  },
  {
    id: 'AU-01',
    title: 'credentials of more than 400 bytes',
    async run(world) {
      for (const length of [401, 404, 0x7fffffff, 0xffffffff]) {
        const message = Buffer.concat([words(1, 0, 2, VIRT, 1, 0, 1, length), Buffer.alloc(416)]);
        const raw = await world.raw();
        raw.send(encodeRecord(message));
        const reply = await raw.next();
        expect(reply).to.deep.include({ type: 'denied', authStat: 1 });
      }
    },
  },
  {
    id: 'AU-02',
    title: 'machine names of negative or huge length',
    async run(world) {
      for (const length of [256, 0x7fffffff, 0x80000000, 0xffffffff]) {
        const body = Buffer.concat([words(1, length), Buffer.alloc(300)]);
        expect(await verdictWith(world, { flavor: 1, body })).to.equal('AUTH_ERROR 1');
      }
    },
  },
  {
    id: 'AU-03',
    title: 'more than 16 groups',
    async run(world) {
      const gids = (n: number) => ({
        flavor: 1,
        body: Buffer.concat([words(1, 0, 0, 0, n), Buffer.alloc(68)]),
      });
      for (const n of [17, 1000, 0x40000001])
        expect(await verdictWith(world, gids(n))).to.equal('AUTH_ERROR 1');
      expect(await verdictWith(world, sys(0, new Array<number>(16).fill(5)))).to.equal('SUCCESS');
    },
  },
  {
    id: 'AU-04',
    title: 'lengths within a credential that disagree with its own',
    async run(world) {
      const short = { flavor: 1, body: Buffer.concat([words(1, 60), Buffer.alloc(56)]) };
      expect(await verdictWith(world, short)).to.equal('AUTH_ERROR 1');
      const long = { flavor: 1, body: Buffer.concat([sys().body, words(0, 0)]) };
      expect(await verdictWith(world, long)).to.equal('AUTH_ERROR 1');
    },
  },
  {
    id: 'AU-05',
    title: 'flavors that are not spoken',
    async run(world) {
      for (const flavor of [2, 3, 4, 5, 300_000, 390_003, 0xffffffff]) {
        expect(await verdictWith(world, { flavor, body: Buffer.alloc(8) })).to.equal('AUTH_ERROR 2');
      }
    },
  },
  {
    id: 'AU-06',
    title: 'RPCSEC_GSS with whole and broken credentials',
    async run(world) {
      for (const [proc, seq] of [
        [0, 0],
        [1, 1],
        [2, 0x80000000],
        [4, 1],
        [255, 0],
      ] as const) {
        const body = Buffer.concat([words(1, proc, seq, 1, 16), Buffer.alloc(16)]);
        expect(await verdictWith(world, { flavor: 6, body })).to.equal('AUTH_ERROR 2');
      }
      expect(await verdictWith(world, { flavor: 6, body: Buffer.alloc(400, 0xff) })).to.equal('AUTH_ERROR 2');
    },
  },
  {
    id: 'AU-07',
    title: 'uid 0 of AUTH_SYS opens nothing',
    async run(world) {
      const readOnly = await world.connect(1);
      const reply = await readOnly.send('DOMAIN_DEFINE', args('DOMAIN_DEFINE', { xml: '<domain/>' }), sys(0));
      expect(reply).to.deep.include({ type: 'denied', authStat: 5 });
    },
  },
  {
    id: 'AU-08',
    title: 'silent connections cannot lock others out',
    async run(world) {
      const silent = await Promise.all(Array.from({ length: 250 }, () => world.raw()));
      const talking = await world.connect();
      await talking.call('GET_VERSION');
      // 128 may be silent; the one that talks was silent too when it came.
      const gone = () => silent.filter((raw) => raw.ending !== null).length;
      await eventually(() => gone() >= 250 - 128);
      expect(gone(), 'silent connections closed').to.be.within(250 - 128, 250 - 127);
      await talking.call('GET_VERSION');
    },
  },
  {
    id: 'AU-09',
    title: 'a read-only listener refuses every procedure that changes something',
    async run(world) {
      const connection = await world.connect(1);
      await connection.exchange();
      let refused = 0;
      for (const [name, { access }] of virtProcedures) {
        const short = name.slice('VIRT_'.length);
        const { argument } = PROCEDURES.get(name)!;
        if (short === 'VERSION_EXCHANGE' || short === 'OPEN' || short === 'CLOSE') continue;
        const reply = await connection.send(short, emptyValue(argument));
        if (access === 'rw') {
          expect(reply, name).to.deep.include({ type: 'denied', authStat: 5 });
          refused++;
        } else {
          expect(verdictOf(reply), name).to.equal('SUCCESS');
        }
      }
      expect(refused).to.be.greaterThan(15);
      expect(PROCEDURES.size, 'procedures that the table names').to.equal(virtProcedures.size);
    },
  },
];
