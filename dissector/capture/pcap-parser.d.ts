/** The part of pcap-parser 0.2.1 that is used; the package has no types of its own. */
declare module 'pcap-parser' {
  import type { EventEmitter } from 'node:events';

  export interface ParsedPacket {
    readonly header: {
      readonly timestampSeconds: number;
      readonly timestampMicroseconds: number;
      readonly capturedLength: number;
      readonly originalLength: number;
    };
    readonly data: Buffer;
  }

  /** What it needs of a stream. */
  export interface ChunkSource extends EventEmitter {
    pause(): void;
    resume(): void;
  }

  /** Emits 'packet' (ParsedPacket), 'error', 'end'. */
  export function parse(source: ChunkSource): EventEmitter;
}
