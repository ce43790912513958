/** P: documents, names, quotas, and what survives. */

import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { uuidText } from '../../../codec/programs/uuid.ts';
import { callRecord, Daemon, eventually, RawClient } from '../daemon.ts';
import { args, type Case, Connection, procedure } from './world.ts';

const XML_ERROR = 27;

interface Made {
  readonly status: number;
  readonly dom?: { readonly id: number; readonly uuid: Uint8Array; readonly name: string };
  readonly error?: { readonly code: number; readonly message: string };
}

const domain = (name: string, extra = '') =>
  `<domain type="test"><name>${name}</name>${extra}<memory>1024</memory><os><type>hvm</type></os></domain>`;

const define = (connection: Connection, xml: string) => connection.call<Made>('DOMAIN_DEFINE', { xml });

async function undefineAll(connection: Connection, made: readonly Made[]): Promise<void> {
  for (const { dom } of made)
    if (dom !== undefined) await connection.call('DOMAIN_UNDEFINE', { uuid: dom.uuid });
}

const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** A file system of its own, as large as the daemon may need for a few definitions, gone with the daemon. */
const SMALL_DISK = ['unshare', '-m', 'sh', '-c', 'mount -t tmpfs -o size=256k tmpfs "$0" && exec "$@"'];

/** Defines until the disk is full: an error for what found no place, everything else as it was, and room again. */
export async function fullDisk(): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'oncilla-full-'));
  const options = ['--listen', 'tcp://127.0.0.1:0', '--state-dir', state];
  const daemon = await Daemon.start(options, {}, [...SMALL_DISK, state]);
  try {
    const connection = new Connection(await RawClient.connect(daemon.port()));
    const filler = `<metadata><x>${'y'.repeat(20_000)}</x></metadata>`;
    const made: Made[] = [];
    let full: Made | null = null;
    for (let i = 0; i < 50 && full === null; i++) {
      const one = await define(connection, domain(`full-${i}`, filler));
      if (one.status === 0) made.push(one);
      else full = one;
    }
    expect(full?.error?.message, 'the error of a full disk').to.match(/ENOSPC|no space/i);
    expect(made.length).to.be.greaterThan(3);
    const defined = async () => (await connection.call<{ names: string[] }>('LIST_DEFINED_DOMAINS')).names;
    const names = made.map(({ dom }) => dom!.name);
    expect((await defined()).filter((name) => name.startsWith('full-')).sort()).to.deep.equal(names.sort());
    const longer = `<uuid>${uuidText(made[0]!.dom!.uuid)}</uuid>${filler}${'<!-- -->'.repeat(1000)}`;
    const changed = await define(connection, domain('full-0', longer.replace('yyy', 'z'.repeat(9000))));
    expect(changed.status, 'a change that finds no place').to.equal(1);
    const { xml } = await connection.call<{ xml: string }>('DOMAIN_DUMP_XML', { uuid: made[0]!.dom!.uuid });
    expect(xml, 'the old state').to.not.contain('zzz');
    await undefineAll(connection, made.slice(1));
    expect((await define(connection, domain('room-again'))).status).to.equal(0);
    connection.raw.close();
  } finally {
    await daemon.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

export const DOCUMENT_CASES: readonly Case[] = [
  {
    id: 'P-01',
    title: 'entities, DTDs, depth and attributes without end',
    async run(world) {
      const connection = await world.connect();
      const bombs = [
        `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>${domain('&x;')}`,
        `<!DOCTYPE d [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>${domain('&b;')}`,
        `<!DOCTYPE domain SYSTEM "http://127.0.0.1:1/x.dtd">${domain('x')}`,
        '<a>'.repeat(50_000),
        domain('x', `<metadata a="${'y'.repeat(250_000)}"/>`.repeat(1)).replace('</domain>', ''),
        '<domain',
        '',
        '\u0000',
      ];
      for (const xml of bombs) {
        const start = Date.now();
        const made = await define(connection, xml).catch(() => null);
        expect(made?.status ?? 1, xml.slice(0, 60)).to.equal(1);
        if (xml.startsWith('<!DOCTYPE')) expect(made?.error?.code).to.equal(XML_ERROR);
        expect(Date.now() - start).to.be.lessThan(1000);
      }
    },
  },
  {
    id: 'P-02',
    title: 'names that are paths, empty or too long, that clash; identifiers of zeros',
    async run(world) {
      const connection = await world.connect();
      const made: Made[] = [];
      for (const name of [
        '../../x',
        '.',
        '..',
        '',
        'a'.repeat(256),
        'Twin',
        'twin',
        '__proto__',
        'con',
        'é',
        '%2e',
      ]) {
        made.push(await define(connection, domain(escaped(name))));
      }
      expect(made[3]!.status, 'an empty name').to.equal(1);
      expect(made[4]!.status, '256 bytes').to.equal(1);
      const before = await define(
        connection,
        domain('one', '<uuid>6f6e6369-6c6c-4a61-8000-0000000000aa</uuid>'),
      );
      made.push(before);
      const clash = await define(
        connection,
        domain('two', '<uuid>6f6e6369-6c6c-4a61-8000-0000000000aa</uuid>'),
      );
      expect(clash.status, 'another name with the same UUID').to.equal(1);
      await undefineAll(connection, made);
    },
  },
  {
    id: 'P-03',
    title: 'defines beyond the quota are refused, reading goes on',
    // 64 MiB of XML is the quota, and each document is kept as a tree too
    memoryMiB: 512,
    async run(world) {
      const connection = await world.connect();
      const made: Made[] = [];
      const filler = `<metadata><x>${'y'.repeat(200_000)}</x></metadata>`;
      let refused = 0;
      for (let i = 0; i < 400 && refused === 0; i++) {
        const one = await define(connection, domain(`storm-${i}`, filler));
        if (one.status === 0) made.push(one);
        else refused = one.error!.code;
      }
      expect(refused, 'an error for one too many').to.be.greaterThan(0);
      await world.canary();
      await undefineAll(connection, made);
    },
  },
  {
    id: 'P-04',
    title: 'kill -9 among defines: what was acknowledged is there, a damaged file is put aside',
    async run() {
      const state = mkdtempSync(join(tmpdir(), 'oncilla-kill-'));
      const options = ['--listen', 'tcp://127.0.0.1:0', '--state-dir', state];
      try {
        const acknowledged: string[] = [];
        for (let round = 0; round < 2; round++) {
          const daemon = await Daemon.start(options);
          const raw = await RawClient.connect(daemon.port());
          const names = Array.from({ length: 300 }, (_, i) => `kill-${round}-${i}`);
          raw.send(
            ...names.map((name, xid) =>
              callRecord({
                xid,
                procedure: procedure('DOMAIN_DEFINE').number,
                args: args('DOMAIN_DEFINE', { xml: domain(name) }),
              }),
            ),
          );
          // In the middle of them, and not at the same one twice.
          await eventually(() => raw.replies.length >= 20 + 70 * round);
          await daemon.stop('SIGKILL');
          await raw.ended();
          expect(raw.replies.length, 'acknowledged before the end').to.be.within(20 + 70 * round, 299);
          acknowledged.push(...raw.replies.map((reply) => names[reply.xid]!));
          raw.close();
        }
        const [kept] = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter((file) =>
          file.includes('domain'),
        );
        expect(kept, 'files of domains').to.not.equal(undefined);
        const daemon = await Daemon.start(options);
        const connection = new Connection(await RawClient.connect(daemon.port()));
        const { names } = await connection.call<{ names: string[] }>('LIST_DEFINED_DOMAINS');
        expect(
          acknowledged.filter((name) => !names.includes(name)),
          'acknowledged and lost',
        ).to.deep.equal([]);
        connection.raw.close();
        await daemon.stop();
        const [file] = readdirSync(state, { recursive: true, withFileTypes: true }).filter(
          (entry) => entry.isFile() && entry.name.endsWith('.json'),
        );
        if (file !== undefined) {
          writeFileSync(join(file.parentPath, file.name), 'damaged');
          const again = await Daemon.start(options);
          expect(again.log.some(({ event }) => event === 'damaged')).to.equal(true);
          await again.stop();
        }
      } finally {
        rmSync(state, { recursive: true, force: true });
      }
    },
  },
  {
    id: 'P-05',
    title: 'passwords in a document are for those who may write',
    async run(world) {
      const writer = await world.connect();
      const graphics = '<devices><graphics type="vnc" port="-1" passwd="s3cret-word"/></devices>';
      const made = await define(writer, domain('secretive', graphics));
      expect(made.status).to.equal(0);
      const { uuid } = made.dom!;
      const reader = await world.connect(1);
      await reader.exchange();
      await writer.exchange();
      for (const flags of [0, 1, 2, 3]) {
        const got = await reader.call<{ status: number; xml?: string }>('DOMAIN_GET_XML', { uuid, flags });
        expect(got.xml ?? '', `flags ${flags}`).to.not.contain('s3cret-word');
      }
      const plain = await reader.call<{ xml: string }>('DOMAIN_DUMP_XML', { uuid });
      expect(plain.xml).to.not.contain('s3cret-word');
      const secure = await writer.call<{ xml: string }>('DOMAIN_GET_XML', { uuid, flags: 1 });
      expect(secure.xml).to.contain('s3cret-word');
      await undefineAll(writer, [made]);
      expect(JSON.stringify(world.daemon.log)).to.not.contain('s3cret-word');
    },
  },
];
