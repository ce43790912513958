/**
 * A large NFSv3 capture for the inspect and reader benches, made once and kept in the temporary folder.
 * With the shared tools at hand it is the file of mkbig.py; else our own recorded session, again and again, each
 * time between other hosts.
 */
import { execFileSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SESSION = fileURLToPath(new URL('../captures/nfs3-libnfs.pcap', import.meta.url));
const FILE_HEADER = 24;
const RECORD_HEADER = 16;
const ETHERNET_HEADER = 14;
const ETHERTYPE_IPV4 = 0x0800;

/** The shared folder, if this machine has it. */
export function sharedTool(name: string): string | undefined {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const folders = [process.env.ONCILLA_SHARED, join(root, 'shared'), '/work/shared'];
  return folders.map((folder) => join(folder ?? '', 'tools', name)).find((path) => existsSync(path));
}

/** Path of a capture of about `bytes` bytes. */
export function bigCapture(bytes: number): string {
  const mkbig = sharedTool('mkbig.py');
  const path = join(tmpdir(), `oncilla-bench-${mkbig ? 'mkbig' : 'session'}-${bytes}.pcap`);
  if (existsSync(path)) return path;
  const partial = `${path}.${process.pid}`;
  if (mkbig) execFileSync('python3', [mkbig, partial, String(bytes)], { stdio: 'ignore' });
  else repeatSession(partial, bytes);
  renameSync(partial, path);
  return path;
}

function repeatSession(path: string, bytes: number): void {
  const session = readFileSync(SESSION);
  const addresses = addressOffsets(session);
  const records = session.subarray(FILE_HEADER);
  const file = openSync(path, 'w');
  writeSync(file, session, 0, FILE_HEADER);
  for (let round = 0, size = FILE_HEADER; size < bytes; round++, size += records.length) {
    // 10.0.0.0/8, one pair of hosts a round.
    for (const offset of addresses) session.writeUInt32BE((0x0a00_0000 | (round & 0xff_ffff)) >>> 0, offset);
    writeSync(file, records);
  }
  closeSync(file);
}

/** Where the IPv4 addresses of a little-endian Ethernet pcap stand. */
function addressOffsets(capture: Buffer): number[] {
  const offsets: number[] = [];
  for (let at = FILE_HEADER; at + RECORD_HEADER <= capture.length; ) {
    const frame = at + RECORD_HEADER;
    if (capture.readUInt16BE(frame + ETHERNET_HEADER - 2) === ETHERTYPE_IPV4) {
      offsets.push(frame + ETHERNET_HEADER + 12, frame + ETHERNET_HEADER + 16);
    }
    at = frame + capture.readUInt32LE(at + 8);
  }
  return offsets;
}
