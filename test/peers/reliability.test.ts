import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Daemon } from './daemon.ts';
import { noRootNamespace } from './namespace.ts';
import { CALL_CASES } from './reliability/calls.ts';
import { DATAGRAM_CASES } from './reliability/datagrams.ts';
import { DOCUMENT_CASES, fullDisk } from './reliability/documents.ts';
import { RECORD_CASES } from './reliability/records.ts';
import { SESSION_CASES } from './reliability/sessions.ts';
import { VALUE_CASES } from './reliability/values.ts';
import { type Case, World } from './reliability/world.ts';

const CASES: readonly Case[] = [
  ...RECORD_CASES,
  ...CALL_CASES,
  ...VALUE_CASES,
  ...SESSION_CASES,
  ...DATAGRAM_CASES,
  ...DOCUMENT_CASES,
];

/** Framing of libvirt's protocol, which is not spoken yet. */
const WAITING = ['RM-14', 'S-06', 'S-09'];

const LAYERS: readonly (readonly [prefix: string, count: number])[] = [
  ['RM', 14],
  ['RPC', 7],
  ['AU', 9],
  ['X', 16],
  ['S', 9],
  ['U', 5],
  ['P', 5],
];

describe('peers: reliability of the running daemon', function () {
  this.timeout(60_000);
  let state: string;
  let world: World;

  before(async () => {
    state = mkdtempSync(join(tmpdir(), 'oncilla-reliability-'));
    const listen = [
      'tcp://127.0.0.1:0',
      'tcp://127.0.0.1:0?access=ro',
      'udp://127.0.0.1:0',
      'udp://0.0.0.0:0',
    ];
    const limits = { partial: 1, stalled: 1, queued: 262_144, newcomers: 128, connections: 400 };
    const daemon = await Daemon.start([
      ...listen.flatMap((url) => ['--listen', url]),
      ...['--state-dir', state, '--metrics', '127.0.0.1:0', '--min-rate', '1000'],
      ...['--keepalive-interval', '1', '--max-keepalive', '1', '--insecure-listen'],
      ...Object.entries(limits).flatMap(([name, value]) => [`--max-${name}`, String(value)]),
    ]);
    world = await World.begin(daemon);
  });
  after(async () => {
    world?.end();
    await world?.daemon.stop();
    rmSync(state, { recursive: true, force: true });
  });

  it('has every case of the catalogue that can be had', () => {
    const wanted = LAYERS.flatMap(([prefix, count]) =>
      Array.from({ length: count }, (_, i) => `${prefix}-${String(i + 1).padStart(2, '0')}`),
    ).filter((id) => !WAITING.includes(id));
    expect(CASES.map(({ id }) => id)).to.deep.equal(wanted);
  });

  for (const one of CASES) {
    it(`${one.id} ${one.title}`, async () => {
      await world.before();
      try {
        await one.run(world);
        await world.after(one);
      } finally {
        // What a failed case left behind is not the news, and must not be the next one's.
        world.close();
      }
    });
  }

  const lacking = noRootNamespace();
  it(`P-03 a full disk keeps what was defined${lacking === null ? '' : ` (skipped: no ${lacking})`}`, async function () {
    if (lacking !== null) this.skip();
    await fullDisk();
  });
});
