/**
 * -w: what matches, written to a capture file as an output of an Inspection; and for --conversations the first look
 * at the capture that finds whose frames to write.
 */
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { CaptureCopy, CopyError } from '../dissector/capture/write-copy.ts';
import type { Inspection } from '../dissector/inspect.ts';
import type { Frame } from '../dissector/network/frame.ts';
import { ByteWriter, DecryptedCopy } from '../dissector/output/index.ts';
import type { Output } from './command.ts';
import { CliError, systemReason } from './errors.ts';
import type { End } from './inspect-packets.ts';
import type { InspectSettings } from './inspect-settings.ts';

export type WriteSettings = Pick<
  InspectSettings,
  'file' | 'write' | 'conversations' | 'decrypted' | 'withSecrets' | 'keyLogFiles'
>;

/** Fragments that are remembered until their datagram is whole, and after. */
const MAX_FRAGMENTS = 1 << 20;

/** The frames of conversations in which one matched. Conversations take a bit each. */
export class Conversations {
  #flows = new Uint8Array(1024);
  /** frames that match without a conversation, and fragments with the conversation they are of */
  readonly #frames = new Map<number, number>();

  /** Looks at the packets of a capture; `matches` as the filter says. */
  note(frame: Frame, matches: boolean): void {
    const { flow, packet, fragmentFrames } = frame;
    if (flow === null) {
      if (matches) this.#keep(packet.number, -1);
      return;
    }
    for (const number of fragmentFrames ?? []) this.#keep(number, flow.index);
    if (!matches) return;
    const byte = flow.index >> 3;
    if (byte >= this.#flows.length) {
      const flows = new Uint8Array(Math.max(byte + 1, this.#flows.length * 2));
      flows.set(this.#flows);
      this.#flows = flows;
    }
    this.#flows[byte]! |= 1 << (flow.index & 7);
  }

  has({ flow, packet }: Frame): boolean {
    if (flow !== null) return this.#hasFlow(flow.index);
    const of = this.#frames.get(packet.number);
    return of !== undefined && (of < 0 || this.#hasFlow(of));
  }

  #hasFlow(index: number): boolean {
    return ((this.#flows[index >> 3] ?? 0) & (1 << (index & 7))) !== 0;
  }

  #keep(number: number, flow: number): void {
    const [oldest] = this.#frames.keys();
    if (this.#frames.size >= MAX_FRAGMENTS && oldest !== undefined) this.#frames.delete(oldest);
    this.#frames.set(number, flow);
  }
}

/** Writes the frames that match, or those of their conversations. A key log's lines stay out unless asked for. */
export function writePackets(
  inspection: Inspection,
  settings: WriteSettings,
  conversations: Conversations | null,
  stdout: Output,
): End {
  const { write: path, file } = settings;
  const fd = path === '-' ? null : openOutput(path!, file);
  const bytes = new ByteWriter({
    write(chunk) {
      if (fd === null) stdout.writeBytes(chunk);
      else for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at, chunk.length - at);
    },
  });
  const copy = new CaptureCopy({
    write: (block) => bytes.bytes(block),
    format: path!.endsWith('.pcap') ? 'pcap' : 'pcapng',
    keyLogs: settings.withSecrets ? settings.keyLogFiles.map((log) => readFileSync(log)) : null,
  });
  const decrypted = settings.decrypted ? new DecryptedCopy(copy) : null;
  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (e) {
      if (e instanceof CopyError) throw new CliError(path!, e.message, { cause: e });
      if ((e as NodeJS.ErrnoException).syscall === undefined) throw e;
      throw new CliError(path!, systemReason(e), { cause: e });
    }
  };
  let last = 0;
  inspection.addTap(
    {
      add(frame, pdus, matches) {
        // what only the end of the capture settles comes with the last packet once more
        const { number } = frame.packet;
        if (number === last) return;
        last = number;
        const wanted = conversations === null ? matches : conversations.has(frame);
        if (!wanted) return;
        attempt(() => {
          if (decrypted === null) copy.packet(frame.packet, inspection.capture);
          else decrypted.frame(frame, pdus, inspection.capture);
        });
      },
    },
    settings.decrypted,
  );
  return () => {
    attempt(() => {
      copy.end(inspection.capture);
      bytes.flush();
    });
    if (fd !== null) closeSync(fd);
  };
}

/** This user's alone: packets are nobody else's to read. Throws CliError, also where the capture itself is named. */
function openOutput(path: string, capture: string): number {
  try {
    if (capture !== '-' && sameFile(path, capture)) {
      throw new CliError('-w', `${path} is the capture that is read`);
    }
    const fd = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
    if (fstatSync(fd).isFile()) fchmodSync(fd, 0o600);
    return fd;
  } catch (e) {
    if (e instanceof CliError) throw e;
    throw new CliError(path, systemReason(e), { cause: e });
  }
}

function sameFile(a: string, b: string): boolean {
  const [x, y] = [a, b].map((path) => statSync(path, { throwIfNoEntry: false }));
  return x !== undefined && y !== undefined && x.dev === y.dev && x.ino === y.ino;
}
