/**
 * AUTH_TLS (RFC 9289 section 4.1): a NULL call with this credential asks whether the server speaks TLS; a verifier
 * of eight letters in the reply says yes.
 */
import type { OpaqueAuth, RpcHeader } from '../message.ts';
import { MsgType } from '../message.ts';
import { AuthFlavor } from './flavors.ts';

const STARTTLS = Uint8Array.of(0x53, 0x54, 0x41, 0x52, 0x54, 0x54, 0x4c, 0x53);

/** The reply verifier that agrees: AUTH_NONE with the bytes `STARTTLS`. */
export function starttlsVerifier(): OpaqueAuth {
  return { flavor: AuthFlavor.NONE, body: STARTTLS.slice() };
}

/** Whether a reply's verifier agrees to TLS. */
export function isStarttlsVerifier(verifier: OpaqueAuth): boolean {
  return (
    verifier.flavor === AuthFlavor.NONE &&
    verifier.body.length === STARTTLS.length &&
    STARTTLS.every((byte, i) => verifier.body[i] === byte)
  );
}

/** Whether a parsed header is the probe: a call of procedure NULL with an empty AUTH_TLS credential. */
export function isTlsProbe(header: RpcHeader): boolean {
  return (
    header.msgType === MsgType.CALL &&
    header.procedure === 0 &&
    header.credFlavor === AuthFlavor.TLS &&
    header.credLen === 0
  );
}
