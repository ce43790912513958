/**
 * What `watch -i lo` does under 20 thousand packets a second, without its screen: dumpcap or tcpdump, the source, the
 * inspection, the trace, in slices as the terminal's loop takes them. Rejects when the loop stalled for longer than a
 * tenth of a second, or when packets are neither there nor counted as dropped. Needs the right to capture.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { captureInterface } from '../../cli/capture-process.ts';
import { liveSource } from '../../cli/watch-live.ts';
import { ProgramTable } from '../../codec/programs/index.ts';
import { encodeCall } from '../../codec/rpc/index.ts';
import { Inspection } from '../../dissector/inspect.ts';
import { Loader } from '../../tui/trace/loader.ts';
import { Trace } from '../../tui/trace/trace.ts';
import type { Row } from '../row.ts';
import type { SoakOptions } from './options.ts';

const RATE = 20_000;
const EVERY_MS = 5;
const SLICE_MS = 4;
const MOST_STALLED_MS = 100;

/** Sends datagrams at the rate, in a process of its own, and prints how many it sent. */
const SENDER = `
const socket = require('node:dgram').createSocket('udp4');
const [port, seconds, hex] = process.argv.slice(1);
const bytes = Buffer.from(hex, 'hex');
const from = performance.now();
let sent = 0, out = 0;
const timer = setInterval(() => {
  const now = Math.min(performance.now() - from, seconds * 1000);
  for (const due = Math.floor(now * ${RATE / 1000}); sent < due; sent++) {
    const call = Buffer.from(bytes);
    call.writeUInt32BE(sent, 0);
    socket.send(call, port, '127.0.0.1', () => {
      if (++out === ${RATE} * seconds) { socket.close(); console.log(out); }
    });
  }
  if (sent === ${RATE} * seconds) clearInterval(timer);
}, ${EVERY_MS});`;

export async function run({ seconds }: SoakOptions): Promise<Row[]> {
  // Somebody has to be there, or each datagram is answered by ICMP.
  const receiver = createSocket('udp4').on('message', () => {});
  await new Promise<void>((resolve) => receiver.bind(0, '127.0.0.1', resolve));
  const { port } = receiver.address();
  const settings = { kind: 'interface', name: 'lo', filter: `udp dst port ${port}` } as const;
  // says what is wrong before anything is sent
  const tried = await captureInterface(settings, process.env, { bytes: () => {}, note: () => {} });
  await tried.stop(true);

  const table = new ProgramTable();
  await table.loadAll();
  const trace = new Trace();
  const source = await liveSource(settings, process.env);
  const loader = new Loader(source, new Inspection({ programs: table.programs(), declared: table }), trace);
  let stalled = 0;
  let held = 0;
  let last = performance.now();
  let waited = waitedMs();
  let going = true;
  const tick = (): void => {
    const now = performance.now();
    const waiting = waitedMs();
    // What others on the machine took is none of ours.
    held = Math.max(held, now - last);
    stalled = Math.max(stalled, now - last - (waiting - waited));
    last = now;
    waited = waiting;
    if (loader.pending) loader.step(now + SLICE_MS);
    if (going) setTimeout(tick, 0);
  };
  tick();
  const call = encodeCall({ xid: 0, program: 100_000, version: 2, procedure: 0 });
  const sent = await send(port, seconds, Buffer.from(call).toString('hex'));
  const until = performance.now() + 5000;
  while (trace.length + source.state.dropped < sent && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  going = false;
  const { dropped } = source.state;
  source.close();
  receiver.close();
  if (stalled > MOST_STALLED_MS) throw new Error(`the loop stalled for ${stalled.toFixed(0)} ms`);
  if (trace.length + dropped < sent) {
    throw new Error(`of ${sent} packets ${trace.length} came and ${dropped} are counted as dropped`);
  }
  const what = `live on loopback, ${RATE} packets/s for ${seconds} s`;
  return [
    {
      name: `${what}: longest stall`,
      value: stalled,
      unit: 'ms',
      note: `${held.toFixed(0)} ms with what other processes took; ${trace.length} of ${sent} packets shown`,
    },
    { name: `${what}: dropped`, value: dropped, unit: 'packets' },
  ];
}

/** How long this thread has wanted to run while others did, milliseconds; 0 where the kernel does not say. */
function waitedMs(): number {
  try {
    const [, waited] = readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ');
    return Number(waited) / 1e6;
  } catch {
    return 0;
  }
}

function send(port: number, seconds: number, hex: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', SENDER, String(port), String(seconds), hex], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let out = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.once('error', reject);
    child.once('close', () =>
      Number(out) > 0 ? resolve(Number(out)) : reject(new Error('nothing was sent')),
    );
  });
}
