/** The recorded TLS captures as streams: what each direction of each connection sent, and the secrets. */
import { readFileSync } from 'node:fs';
import { CaptureParser } from '../../../dissector/capture/index.ts';
import { NetworkDecoder, TcpReassembler } from '../../../dissector/network/index.ts';
import { KeyLog, TlsConnection, type TlsRecord, TlsSecrets } from '../../../dissector/tls/index.ts';
import type { RecordBlock } from '../../../dissector/tls/record-reader.ts';

export interface Portion {
  readonly dir: 0 | 1;
  readonly bytes: Buffer;
}

export interface Recorded {
  /** by connection */
  readonly portions: Portion[][];
  readonly keyLog: string;
}

export function recorded(name: string): Recorded {
  const file = readFileSync(new URL(`../../../captures/${name}.pcapng`, import.meta.url));
  const parser = new CaptureParser();
  parser.reserve(file.length).set(file);
  parser.commit(file.length);
  parser.end();
  const portions: Portion[][] = [];
  const reassembler = new TcpReassembler({
    onStart() {},
    onBytes(flow, dir, buf, _view, off, len) {
      portions[flow.index] ??= [];
      portions[flow.index]!.push({ dir, bytes: Buffer.from(buf.subarray(off, off + len)) });
    },
    onGap() {},
    onClose() {},
  });
  const decoder = new NetworkDecoder();
  for (let packet = parser.next(); packet !== null; packet = parser.next()) {
    reassembler.segment(decoder.decode(packet));
  }
  return { portions, keyLog: parser.secrets.map((s) => s.data.toString('latin1')).join('\n') };
}

/** Memory without a limit, or one that refuses beyond `limit` bytes. */
export function memory(limit = Number.POSITIVE_INFINITY) {
  return {
    held: 0,
    grow(old: RecordBlock | null, used: number, size: number): RecordBlock | null {
      if (size > limit) return null;
      const buf = Buffer.alloc(size);
      old?.buf.copy(buf, 0, 0, used);
      this.held++;
      return { buf, view: new DataView(buf.buffer, buf.byteOffset, size) };
    },
    lend() {},
    drop() {},
  };
}

/** What a connection told its host. */
export interface Told {
  /** application data by direction */
  readonly said: [Buffer, Buffer];
  readonly records: TlsRecord[];
  readonly missing: number[];
}

export class Listener {
  readonly told: Told = { said: [Buffer.alloc(0), Buffer.alloc(0)], records: [], missing: [] };
  readonly connection: TlsConnection;

  constructor(keyLog: string) {
    const keys = new KeyLog();
    keys.add(keyLog);
    const { told } = this;
    this.connection = new TlsConnection(
      {
        record: (record) => told.records.push(record),
        plaintext(dir, plain) {
          told.said[dir] = Buffer.concat([told.said[dir], plain]);
        },
        missing: (_dir, bytes) => told.missing.push(bytes),
      },
      new TlsSecrets(keys),
      memory(),
    );
  }

  hear(dir: 0 | 1, bytes: Uint8Array): void {
    const buf = Buffer.from(bytes);
    this.connection.bytes(dir, buf, 0, buf.length, 1);
  }

  get sealed(): string[] {
    return this.told.records.flatMap((record) => record.sealed ?? []);
  }
}

export function listen(portions: readonly Portion[], keyLog: string): Listener {
  const listener = new Listener(keyLog);
  for (const { dir, bytes } of portions) listener.hear(dir, bytes);
  return listener;
}
