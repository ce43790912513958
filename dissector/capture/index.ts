export { CaptureError, type CaptureErrorCode, isCaptureError } from './errors.ts';
export {
  type CaptureInfo,
  type CaptureSource,
  type CaptureSummary,
  forEachPacket,
  forEachPacketOf,
  openCapture,
  type PacketHandler,
} from './for-each-packet.ts';
export type { CaptureInterface, CaptureSecrets } from './interface.ts';
export type { Packet } from './packet.ts';
export { type CaptureOptions, CaptureParser, DEFAULT_RECORD_LIMIT, emptyPacket } from './parser.ts';
export {
  type CaptureFile,
  openCaptureFile,
  openRecording,
  type Recording,
  wallClock,
} from './record-file.ts';
export { type SynthesisedConnection, type SynthesisedSink, Synthesiser } from './synthesise.ts';
